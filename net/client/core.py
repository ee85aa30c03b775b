"""The client of a room without I/O: bytes in, events out, bytes to send; time is a parameter.

    connect()              -> the hello
    receive(payload, now)  -> what happened; data_to_send() has what is to be sent at once
    tick(now)              -> the one bundle of this tick; due at next_tick()
    lost() / close()       -> the connection, or the whole client, is gone

One core lives through reconnects: after `lost()` another `connect()` says hello again with the same token. All times
are ms of one monotonic clock of the client's.
"""

from typing import TypeVar

from ecs.game import Game
from ecs.tiles import TileMap
from net.client.calls import OpenCalls
from net.client.clock import ClockSync
from net.client.errors import LocalProtocolError
from net.client.events import (
    Answered,
    ClientEvent,
    LockstepItem,
    LockstepTold,
    PlaybackChanged,
    ServerAway,
    Ticked,
    Welcomed,
)
from net.client.inputs import InputState
from net.client.outbox import Outbox
from net.client.pace import Pace
from net.client.pings import Pings
from net.client.prediction.prediction import Prediction
from net.client.replica import Replica
from net.client.scene import Scene
from net.client.speech import LockstepSaid, Speech
from net.client.states import ClientState, after_receiving, after_sending
from net.client.view import PlaybackClock, Pose
from net.codec import MESSAGEPACK, Codec
from net.errors import RemoteProtocolError
from net.protocol import (
    PROTOCOL_VERSION,
    STANDSTILL,
    Answer,
    Away,
    ClientBundle,
    ClientItem,
    CloseReason,
    GameSchema,
    Hello,
    KindSchema,
    Ping,
    Playback,
    PlayerRecord,
    Pong,
    ServerBundle,
    ServerItem,
    ServerMessage,
    Sync,
    SyncReply,
    Welcome,
)

Thing = TypeVar("Thing")

LOCKSTEP_RATE = 2
"""Bundles a second of a client in a lock-step room that has nothing to say: what it says goes out at once."""
SNAPSHOT_INTERVAL = 1_000.0
"""ms between two requests for a snapshot; the server gives no more."""


class ClientCore:
    """One player of one room, through all its connections."""

    def __init__(
        self,
        token: str,
        *,
        codec: Codec = MESSAGEPACK,
        fingerprint: str = "",
        interpolate: bool = True,
        game: Game | None = None,
    ) -> None:
        """`token` is that of `POST /join`, or of an earlier welcome. `interpolate=False` keeps no history of the scene, for a
        client that draws nothing. `game`: the rules, as they were loaded; with them own entities are computed ahead."""
        self.codec = codec
        self.state = ClientState.IDLE
        self.clock = ClockSync()
        self.server_tick = -1
        """The tick of the last server bundle that is applied; -1 until the first after a welcome."""
        self._seen = (-1, -1.0)
        """Tick and server_time of the last bundle, over all connections: what was told since has been missed."""
        self.token = token
        """What the next hello opens the seat with; each welcome brings another. A program that may end and come back
        keeps it, before the next tick."""
        self.prediction = Prediction(game)
        """Own entities computed ahead of the server, and why not."""
        self._fingerprint = fingerprint or self.prediction.fingerprint
        self._interpolate = interpolate
        self._outbox = Outbox(codec)
        self._calls = OpenCalls(self._outbox)
        self._pace = Pace()
        self._pings = Pings()
        self._snapshot_asked = float("-inf")
        self._to_send: list[bytes] = []
        self._welcome: Welcome | None = None
        self._replica: Replica | None = None
        self._replica_is_sound = True
        self._inputs: InputState | None = None
        self.holds = (0, -1)
        """The match that a lock-step engine runs (its number) and the last generation that it has: said with the hello."""
        self._speech = Speech()
        """What a lock-step client says, for the next bundle, which is due at once."""
        self.playback: Playback | None = None
        """For a viewer: what is watched, and how."""

    # What a program reads; before the first welcome all of it raises LocalProtocolError ------------------------------

    @property
    def welcome(self) -> Welcome:
        """The last welcome."""
        return _known(self._welcome)

    @property
    def playing(self) -> bool:
        """Whether it is connected and welcomed."""
        return self.state is ClientState.PLAYING

    @property
    def schema(self) -> GameSchema:
        """The game: its inputs, components, events, commands and kinds."""
        return _known(self._replica).schema

    @property
    def kinds(self) -> dict[str, KindSchema]:
        """How each kind of entity is drawn, by name."""
        return {kind.name: kind for kind in self.schema.kinds}

    def name_of(self, player: int) -> str:
        """A player's name, or "" for nobody's number."""
        return next((record.name for record in self.roster if record.player == player), "")

    @property
    def player(self) -> int:
        """This client's player number in the room."""
        return _known(self._welcome).player

    @property
    def is_viewer(self) -> bool:
        """Whether this client watches: it has no player, and may only ask."""
        return self.player < 0

    @property
    def scene(self) -> Scene:
        """The entities that this client sees, as of `server_tick`."""
        return _known(self._replica).scene

    @property
    def map(self) -> TileMap | None:
        """The tile map as far as it has been sent, or None where the game has none."""
        return _known(self._replica).map

    @property
    def roster(self) -> list[PlayerRecord]:
        """The players of the room."""
        return _known(self._replica).roster

    @property
    def room_state(self) -> str:
        """The room's state as a dotted path."""
        return _known(self._replica).room_state

    @property
    def inputs(self) -> InputState:
        """The keys and axes of this client; set them before a tick."""
        return _known(self._inputs)

    def poses(self, now: float) -> list[Pose]:
        """Where to draw each entity at `now`: own ones where they are predicted, the others interpolated."""
        return self.prediction.poses(_known(_known(self._replica).view).poses(now), now)

    @property
    def view_clock(self) -> PlaybackClock:
        """How far the interpolated view is behind (`delay`) and the `jitter` of what arrives, in ms: for a debug overlay."""
        return _known(_known(self._replica).view).clock

    # What a program says ---------------------------------------------------------------------------------------------

    def command(self, name: str, body: object = None) -> int:
        """Send a command of the game's with the next tick; its id, which an Answered names when it is refused."""
        self._check_playing()
        if name not in self.schema.commands:
            known = ", ".join(self.schema.commands) or "none"
            raise LocalProtocolError(f"the game has no command {name!r}; it has: {known}")
        return self._outbox.command(name, body)

    def request(self, verb: str, resource: str, body: object = None) -> int:
        """Ask the server with the next tick; the id that the Answered will name."""
        self._check_playing()
        return self._outbox.request(verb, resource, body)

    def call(self, name: str, body: object = None) -> int:
        """Call an rpc of the game's with the next tick; the id that the Answered will name.

        An open call is sent again after a reconnect, with the same id and body: it runs once. Raises LocalProtocolError.
        """
        self._check_playing()
        return self._calls.call(name, body)

    def forget_call(self, call_id: int) -> None:
        """Nobody waits for this call any more: it is not sent again. Idempotent."""
        self._calls.forget(call_id)

    def say(self, item: LockstepSaid) -> None:
        """Send what a lock-step client says with the next bundle, which is due now. Raises LocalProtocolError."""
        self._check_playing()
        self._speech.say(item)

    # What a driver does ----------------------------------------------------------------------------------------------

    def connect(self) -> bytes:
        """A connection is open: the hello to send on it. Raises LocalProtocolError when this is not the time."""
        self.state = after_sending(self.state, Hello)
        self._pings = Pings()
        return self.codec.encode(
            Hello(PROTOCOL_VERSION, self.token, self._fingerprint, *self._seen, *self.holds)
        )

    def receive(self, payload: bytes, now: float) -> list[ClientEvent]:
        """Take one whole message of the server's. Raises RemoteProtocolError: close the connection with its reason.

        After that the client is LOST, and what it knew of the room is not kept: half of a message may be in it.
        """
        try:
            return self._received(self.codec.decode_server(payload), now)
        except RemoteProtocolError:
            self.lost()
            self._replica_is_sound = False
            raise

    def data_to_send(self) -> list[bytes]:
        """Messages to be sent at once, in order; each is given once."""
        data, self._to_send = self._to_send, []
        return data

    def next_tick(self) -> float:
        """When `tick` is due (ms)."""
        if self._is_lockstep and len(self._outbox):
            return float("-inf")
        return min(self._speech.due(), self._pace.due)

    def tick(self, now: float) -> bytes:
        """The bundle of this tick: the input, then what was queued. Raises LocalProtocolError unless playing."""
        self.state = after_sending(self.state, ClientBundle)
        before = self._pace.tick
        number = self._pace.next(now)
        self._ask_for_snapshot(now)
        first: list[ClientItem] = [*self._speech.take(now)]
        if number > before and not self._is_lockstep and not self.is_viewer:
            first.append(self.inputs.take(number, self._seen_tick()))
        items = [*first, *self._outbox.take()]
        ping = self._pings.next_ping(now)
        if ping is not None:
            items.append(Ping(ping))
        bundle = ClientBundle(number, self.server_tick, items)
        self.prediction.sent(bundle, now)
        return self.codec.encode(bundle)

    def lost(self) -> None:
        """The connection is gone; `connect` may be called for another. Idempotent."""
        self._end(ClientState.CLOSED if self.state is ClientState.CLOSED else ClientState.LOST)

    def close(self) -> None:
        """This client is done for good. Idempotent."""
        self._end(ClientState.CLOSED)
        self._outbox.clear()
        self._calls.clear()

    # -----------------------------------------------------------------------------------------------------------------

    def _received(self, message: ServerMessage, now: float) -> list[ClientEvent]:
        self.state = after_receiving(self.state, type(message))
        if isinstance(message, ServerBundle):
            return self._bundle(message, now)
        if isinstance(message, SyncReply):
            return self._synced(message, now)
        return self._welcomed(message, now)

    def _welcomed(self, welcome: Welcome, now: float) -> list[ClientEvent]:
        if welcome.protocol != PROTOCOL_VERSION:
            sentence = f"The server speaks protocol {welcome.protocol}, the client {PROTOCOL_VERSION}."
            raise RemoteProtocolError(CloseReason.UNSUPPORTED_PROTOCOL, sentence)
        if self._replica is None or not self._replica_is_sound or not self._replica.fits(welcome):
            self._replica = Replica(welcome, interpolate=self._interpolate)
            self._replica_is_sound = True
            self._inputs = InputState(welcome.schema.inputs, self.codec)
        self._replica.welcomed_again(welcome)
        self._welcome = welcome
        self.token = welcome.token
        self.server_tick = -1
        self._snapshot_asked = now
        self.clock.forget()
        rate = LOCKSTEP_RATE if self._is_lockstep else welcome.tick_rate
        self._pace.start(rate, welcome.tick, now, welcome.last_input)
        self.inputs.send_again(welcome.last_input)
        self._outbox.resume(welcome.last_id, self._calls.again())
        self._send_sync(now)
        self.prediction.welcomed(welcome, self._replica)
        return [Welcomed(welcome)]

    def _synced(self, reply: SyncReply, now: float) -> list[ClientEvent]:
        self._pings.answered(reply.client_time)
        self.clock.add(reply.client_time, reply.server_time, reply.server_time, now)
        self._send_sync(now)
        return []

    def _bundle(self, bundle: ServerBundle, now: float) -> list[ClientEvent]:
        events = self._watched(bundle) if self.is_viewer else []
        if bundle.tick < self.server_tick:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, "The server's ticks run backwards.")
        stood_still = self.room_state == STANDSTILL
        for item in bundle.items:
            if isinstance(item, Pong):
                self._pong(item, bundle, now, stood_still=stood_still)
            else:
                self._item(item, events)
        _known(self._replica).end_bundle(bundle.tick, now)
        self.server_tick = bundle.tick
        self._seen = (bundle.tick, bundle.server_time)
        self._outbox.confirm(bundle.last_id)
        if not self.is_viewer and not self._is_lockstep:
            self._hear_of_inputs(bundle, now)
        self.prediction.receive(bundle, events)
        events.append(Ticked(bundle.tick, bundle.server_time, bundle.last_input))
        return events

    def _pong(self, pong: Pong, bundle: ServerBundle, now: float, *, stood_still: bool) -> None:
        """After a standstill comes what the room had written before it: the wait would be taken for the way."""
        self._pings.answered(pong.client_time)
        if not stood_still:
            self.clock.add(pong.client_time, pong.received, bundle.server_time, now)

    def _item(self, item: ServerItem, events: list[ClientEvent]) -> None:
        if isinstance(item, Answer):
            self._outbox.check_answer(item.id)
            self._outbox.answered(item.id)
            if self._calls.answered(item.id):
                events.append(Answered(item.id, item.status, item.body))
        elif isinstance(item, LockstepItem) and self._is_lockstep:
            events.append(LockstepTold(item))
        elif isinstance(item, Away):
            events.append(ServerAway(item.milliseconds))
        elif not isinstance(item, Playback):
            _known(self._replica).take(item, events)

    def _watched(self, bundle: ServerBundle) -> list[ClientEvent]:
        """What a viewer's bundle says of the show, before all else: after a jump the scene begins anew."""
        events: list[ClientEvent] = []
        for item in bundle.items:
            if isinstance(item, Playback):
                if self.playback is not None and item.jumps != self.playback.jumps:
                    self._replica = Replica(self.welcome, interpolate=self._interpolate)
                    self.server_tick = -1
                self.playback = item
                events.append(PlaybackChanged(item))
        return events

    def _hear_of_inputs(self, bundle: ServerBundle, now: float) -> None:
        self.inputs.acknowledge(bundle.last_input)
        if self._pace.heard(bundle.tick, bundle.last_input, bundle.input_lead, now):
            self.inputs.send_again(bundle.last_input)

    def _seen_tick(self) -> float | None:
        """The tick that the player sees now, for a server that looks back to it: the drawn one, or that of the scene."""
        if not self.schema.rewind or self.server_tick < 0:
            return None
        view = _known(self._replica).view
        drawn = -1.0 if view is None else view.clock.drawn
        return drawn if drawn >= 0.0 else float(self.server_tick)

    def _send_sync(self, now: float) -> None:
        at = self._pings.next_sync(now)
        if at is not None:
            self.state = after_sending(self.state, Sync)
            self._to_send.append(self.codec.encode(Sync(at)))

    def _ask_for_snapshot(self, now: float) -> None:
        """The first snapshot comes by itself; another is asked for when a diff named a base that is not held."""
        if not self._is_lockstep and self.scene.stale and now - self._snapshot_asked >= SNAPSHOT_INTERVAL:
            self._snapshot_asked = now
            self._outbox.request("get", "snapshot", None)

    @property
    def _is_lockstep(self) -> bool:
        return self._welcome is not None and self._welcome.model == "lockstep"

    def _check_playing(self) -> None:
        if self.state is not ClientState.PLAYING:
            raise LocalProtocolError(f"a client that is {self.state.name} has nobody to talk to")

    def _end(self, state: ClientState) -> None:
        self.state = state
        self._outbox.lost()
        self._speech.clear()
        self._to_send.clear()


def _known(thing: Thing | None) -> Thing:
    if thing is None:
        raise LocalProtocolError("no welcome came yet, or this client keeps no view")
    return thing
