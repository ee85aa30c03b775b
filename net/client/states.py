"""The states of a client, and which message may pass in which of them, as a table (in the manner of h11)."""

from enum import Enum, auto

from net.client.errors import LocalProtocolError
from net.errors import RemoteProtocolError
from net.protocol import ClientBundle, CloseReason, Hello, ServerBundle, Sync, SyncReply, Welcome


class ClientState(Enum):
    """Where a client stands. LOST may say hello again; CLOSED never does."""

    IDLE = auto()
    GREETING = auto()
    PLAYING = auto()
    LOST = auto()
    CLOSED = auto()


SENT: dict[ClientState, dict[type, ClientState]] = {
    ClientState.IDLE: {Hello: ClientState.GREETING},
    ClientState.GREETING: {},
    ClientState.PLAYING: {Sync: ClientState.PLAYING, ClientBundle: ClientState.PLAYING},
    ClientState.LOST: {Hello: ClientState.GREETING},
    ClientState.CLOSED: {},
}
"""What the client may send in each state, and the state after it."""

RECEIVED: dict[ClientState, dict[type, ClientState]] = {
    ClientState.IDLE: {},
    ClientState.GREETING: {Welcome: ClientState.PLAYING},
    ClientState.PLAYING: {SyncReply: ClientState.PLAYING, ServerBundle: ClientState.PLAYING},
    ClientState.LOST: {},
    ClientState.CLOSED: {},
}
"""What the server may send in each state, and the state after it."""


def after_sending(state: ClientState, message: type) -> ClientState:
    """The state after a message of ours. Raises LocalProtocolError where the table has none."""
    try:
        return SENT[state][message]
    except KeyError:
        raise LocalProtocolError(f"a client that is {state.name} cannot send {message.__name__}") from None


def after_receiving(state: ClientState, message: type) -> ClientState:
    """The state after a message of the server's. Raises RemoteProtocolError where the table has none."""
    try:
        return RECEIVED[state][message]
    except KeyError:
        sentence = f"The server sent {message.__name__} to a client that is {state.name}."
        raise RemoteProtocolError(CloseReason.OUT_OF_STATE, sentence) from None
