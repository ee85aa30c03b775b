"""The two error families of the network: the peer's fault, or our bug (which is any other exception)."""

from net.protocol import CLOSE_SENTENCES, CloseReason


class RemoteProtocolError(Exception):
    """The peer broke the protocol: it costs the peer its connection, one log line, and nobody else anything."""

    def __init__(self, reason: CloseReason, sentence: str = "") -> None:
        self.reason = reason
        self.sentence = sentence or CLOSE_SENTENCES[reason]
        super().__init__(self.sentence)


class BodyError(Exception):
    """The body of a command or request does not fit its type: it is answered with this sentence, not closed."""


class StoreUnavailable(Exception):
    """What has to be kept cannot be kept now (a full disk, a locked file): nothing goes on that would be lost."""


class SceneError(Exception):
    """A game's world holds what cannot be shown to clients: the game's mistake, which ends its room."""
