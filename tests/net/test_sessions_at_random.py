"""Sessions through random interleavings of connect, drop, replace, reload, resume, expire, revoke and restarts of the server.

Whatever happens in whatever order: one live connection a session, hooks that balance, every command, call and key press once,
nothing heard twice or missed, and a void token opens nothing ever again.
"""

from dataclasses import dataclass, field
from itertools import count, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ecs.components import Position, Scene
from ecs.game import Game
from ecs.world import World
from net.client.calls import MAX_OPEN
from net.client.events import Answered, GameEvent, Noticed, Ticked
from net.codec import MESSAGEPACK
from net.conditions import Conditions
from net.drivers.virtual import VirtualClient, VirtualRoom, line_network
from net.hosted import HostedGame
from net.players.missed import AWAY_TOO_LONG
from net.players.session import Seat, SessionState
from net.players.sessions import token_digest
from net.protocol import CloseReason
from net.settings import RoomSettings
from tests.effort import examples

SEATS = 4
KEPT = 1_500.0
"""How long seats are kept (ms): 30 ticks."""
ENDS_A_SEAT = {CloseReason.LEFT, CloseReason.KICKED}


@dataclass(slots=True)
class Entered:
    """What a command or call adds."""

    number: int


@dataclass(slots=True, frozen=True)
class Added:
    """Everybody hears it."""

    number: int


@dataclass(slots=True, frozen=True)
class Paid:
    """The one who did it hears it."""

    number: int


@dataclass(slots=True)
class Ledger:
    """What the game has seen, in order."""

    added: list[tuple[int, str, int]] = field(default_factory=list)
    """(tick, player's name, number)."""
    presses: list[str] = field(default_factory=list)
    hooks: list[tuple[str, str]] = field(default_factory=list)


def make_game() -> Game:
    """A game that notes everything."""
    game = Game("ledger", tick_rate=20, max_players=SEATS, keyframe_interval=40, width=100.0, height=100.0)
    game.input(keys=("fire",))
    game.kind("player")
    game.event(Added)
    game.event(Paid)

    @game.on("create")
    def open_ledger(world: World) -> None:
        world.register(Ledger())

    for verb in ("join", "drop", "return", "leave"):
        game.on(verb)(noting(verb))

    @game.system("input")
    def note_presses(world: World, dt: float) -> None:
        for player in world.players:
            if world.input(player).pressed("fire"):
                world.resource(Ledger).presses.append(world.player(player).name)

    def add(world: World, player: int, body: Entered) -> int:
        world.resource(Ledger).added.append((world.tick, world.player(player).name, body.number))
        world.emit(Added(body.number))
        world.emit(Paid(body.number), to=player)
        return body.number

    @game.command
    def order(world: World, player: int, body: Entered) -> None:
        add(world, player, body)

    @game.rpc
    def buy(world: World, player: int, body: Entered) -> int:
        return add(world, player, body)

    game.seal()
    return game


def noting(verb: str) -> Any:
    """A hook that notes who it ran for; a player who joins gets an entity."""

    def note(world: World, player: int) -> None:
        world.resource(Ledger).hooks.append((world.player(player).name, verb))
        if verb == "join":
            world.spawn(Position(1.0, 1.0), Scene("player", owner=player))
        if verb == "leave":
            for entity, scene in world.query(Scene):
                if scene.owner == player:
                    world.despawn(entity)

    return note


HOSTED = HostedGame.of(make_game())
FOLLOWS = {
    None: {"join"},
    "join": {"drop", "leave"},
    "drop": {"return", "leave"},
    "return": {"drop", "leave"},
    "leave": set[str](),
}
"""Which hook may run after which, of one player's."""


@dataclass
class Page:
    """One program that plays: a client, and what it gave."""

    client: VirtualClient
    given: list[int] = field(default_factory=list)
    """Numbers of commands, which are to be added once."""
    calls: dict[int, int] = field(default_factory=dict)
    """Number by the id of its call."""
    taps: int = 0


@dataclass
class Tab:
    """One player's session: the page that has it, and the pages before."""

    name: str
    page: Page
    gone: list[Page] = field(default_factory=list)


class RandomSessions(RuleBasedStateMachine):
    """Everything that can happen to sessions."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count(1)
        self.tokens: dict[str, bool] = {}
        """Every token there was, and whether it was void once."""
        self.tabs: list[Tab] = []
        self.lines = Random(1)
        settings = RoomSettings(seat_kept=KEPT, reservation=KEPT)
        self.room = VirtualRoom(HOSTED, settings=settings, journal=True, make_token=self.make_token)

    def make_token(self) -> str:
        token = f"token {len(self.tokens)}"
        self.tokens[token] = False
        return token

    # Who is there ----------------------------------------------------------------------------------------------------

    def seat(self, tab: Tab) -> Seat | None:
        return next((seat for seat in self.room.room.seats if seat.name == tab.name), None)

    def living(self) -> list[Tab]:
        return [tab for tab in self.tabs if self.seat(tab) is not None]

    def playing(self) -> list[Tab]:
        return [tab for tab in self.living() if tab.page.client.playing]

    def lost(self) -> list[Tab]:
        """Those whose seat waits for them."""
        return [
            tab for tab in self.living() if tab.page.client.ended is not None and not over(tab.page.client)
        ]

    def connected(self, name: str, token: str) -> Page:
        """A page that has said hello with a token, on a line of 60 ms."""
        network = line_network(Conditions(60.0, 20.0), self.lines.getrandbits(32))
        client = VirtualClient(self.room, name, token, MESSAGEPACK, network)
        self.room.clients.append(client)
        client.connect()
        return Page(client)

    @property
    def ledger(self) -> Ledger:
        ledger: Ledger = self.room.world.resource(Ledger)
        return ledger

    # What can happen -------------------------------------------------------------------------------------------------

    @initialize()
    def somebody_plays(self) -> None:
        self.join()
        self.room.run(5)

    @precondition(lambda self: len(self.room.room.seats) < SEATS)
    @rule()
    def join(self) -> None:
        name = f"player {len(self.tabs)}"
        token = self.make_token()
        self.room.room.reserve(f"id of {name}", name, token_digest(token), self.room.now)
        self.tabs.append(Tab(name, self.connected(name, token)))

    @rule(ticks=st.integers(1, 8))
    def time_passes(self, ticks: int) -> None:
        self.room.run(ticks)

    @rule()
    def a_long_time_passes(self) -> None:
        """Whoever is away now has no seat any more."""
        self.room.run(round(KEPT / 50.0) + 15)

    @precondition(lambda self: self.playing())
    @rule(times=st.integers(1, 3), ticks=st.integers(0, 4))
    def everybody_acts(self, times: int, ticks: int) -> None:
        """Commands, a call and a key of everybody, who may be cut off before any of it, or in the middle."""
        for tab in self.playing():
            for _ in range(times):
                self.order(tab.page)
            self.call(tab.page)
            self.tap(tab)
        self.room.run(ticks)

    def order(self, page: Page) -> None:
        number = next(self.numbers)
        page.client.command("order", {"number": number})
        page.given.append(number)

    def call(self, page: Page) -> None:
        if len(page.client.core._calls) < MAX_OPEN:
            number = next(self.numbers)
            page.calls[page.client.core.call("buy", {"number": number})] = number

    def tap(self, tab: Tab) -> None:
        """A key goes down and up, where the last time is seen: two presses between two ticks are one."""
        if self.ledger.presses.count(tab.name) == sum(page.taps for page in [*tab.gone, tab.page]):
            tab.page.client.tap("fire")
            tab.page.taps += 1

    @precondition(lambda self: self.playing())
    @rule(who=st.integers(0, 9), knows=st.booleans(), away=st.integers(0, 3))
    def cut_off_in_the_middle(self, who: int, knows: bool, away: int) -> None:
        """A command is heard, and the line is cut before its player knows, or right after the bundle that says so."""
        page = pick(self.playing(), who).page
        self.order(page)
        number = page.given[-1]
        for _ in range(12):
            self.room.run()
            heard = [body.number for body in page.client.heard("Added")]
            if number in heard if knows else number in self.added():
                break
        if page.client.ended is None:
            page.client.drop()
            self.room.run(away)
            page.client.connect()

    def added(self) -> list[int]:
        return [number for _, _, number in self.ledger.added]

    @precondition(lambda self: self.playing())
    @rule(who=st.integers(0, 9))
    def drop(self, who: int) -> None:
        pick(self.playing(), who).page.client.drop()

    @precondition(lambda self: self.lost())
    @rule(who=st.integers(0, 9))
    def come_back(self, who: int) -> None:
        pick(self.lost(), who).page.client.connect()

    @precondition(lambda self: self.living())
    @rule(who=st.integers(0, 9), closes=st.booleans())
    def reload(self, who: int, closes: bool) -> None:
        """Another page with what the tab remembers; the old one's socket closes before, or is replaced."""
        tab = pick(self.living(), who)
        if closes and tab.page.client.ended is None:
            tab.page.client.drop()
        page = self.connected(tab.name, tab.page.client.core.token)
        self.room.run(5)
        if page.client.playing:
            assert tab.page.client.ended is not None, "two connections play for one session"
            tab.gone.append(tab.page)
            tab.page = page
        elif not closes:
            assert page.client.ended is not None

    @precondition(lambda self: any(self.tokens.values()))
    @rule(which=st.integers(0, 99))
    def somebody_tries_a_void_token(self, which: int) -> None:
        void = [token for token, was_void in self.tokens.items() if was_void]
        before = [(seat.name, seat.session) for seat in self.room.room.seats]
        thief = VirtualClient(self.room, "thief", pick(void, which), MESSAGEPACK)
        thief.connect()
        thief.advance(self.room.now)
        assert thief.ended is not None and thief.ended.code == CloseReason.BAD_TOKEN
        assert [(seat.name, seat.session) for seat in self.room.room.seats] == before

    @precondition(lambda self: self.playing())
    @rule(who=st.integers(0, 9))
    def leave(self, who: int) -> None:
        pick(self.playing(), who).page.client.core.request("delete", "seat")

    @precondition(lambda self: self.living())
    @rule(who=st.integers(0, 9))
    def revoke(self, who: int) -> None:
        seat = self.seat(pick(self.living(), who))
        assert seat is not None
        self.room.room.moderate(seat, "kick", "", self.room.now)

    @rule()
    def the_server_is_killed(self) -> None:
        self.room.restart()

    # What is always so -----------------------------------------------------------------------------------------------

    @invariant()
    def each_session_has_one_live_connection(self) -> None:
        room = self.room.room
        sessions = [seat.session for seat in room.seats if seat.session is not None]
        assert len(sessions) == len(set(map(id, sessions)))
        assert all(session.state is SessionState.OPEN for session in sessions)
        assert {id(session) for session in room._connections.playing} == set(map(id, sessions))

    @invariant()
    def a_void_token_stays_void(self) -> None:
        for token, was_void in self.tokens.items():
            opens = self.room.room.attendance.tokens.opens(token, self.room.now) is not None
            assert not (was_void and opens), f"{token} came back to life"
            self.tokens[token] = was_void or not opens
        for seat in self.room.room.seats:
            tokens = [
                token
                for token in self.tokens
                if self.room.room.attendance.tokens.opens(token, self.room.now) is seat
            ]
            has_spoken = seat.session is not None and seat.session._acknowledged
            assert len(tokens) == 1 if has_spoken else len(tokens) in {1, 2}

    @invariant()
    def nothing_runs_twice(self) -> None:
        added = self.added()
        assert len(added) == len(set(added))
        for tab in self.tabs:
            taps = sum(page.taps for page in [*tab.gone, tab.page])
            assert self.ledger.presses.count(tab.name) <= taps

    @invariant()
    def hooks_balance(self) -> None:
        last: dict[str, str] = {}
        for name, verb in self.ledger.hooks:
            assert verb in FOLLOWS[last.get(name)], f"{verb} after {last.get(name)} of {name}"
            last[name] = verb

    @invariant()
    def nothing_is_heard_twice(self) -> None:
        for tab in self.tabs:
            for page in [*tab.gone, tab.page]:
                for event in ("Added", "Paid"):
                    heard = [body.number for body in page.client.heard(event)]
                    assert len(heard) == len(set(heard))
                ticks = [told.tick for told in page.client.events if isinstance(told, GameEvent)]
                assert all(first <= second for first, second in pairwise(ticks))

    def teardown(self) -> None:
        """In the end whoever has a seat is there, and has lost nothing."""
        try:
            for tab in self.lost():
                tab.page.client.connect()
            self.room.run(20)
            for tab in self.playing():
                self.nothing_was_lost(tab)
            self.hooks_balance()
            self.nothing_runs_twice()
            self.nothing_is_heard_twice()
        finally:
            self.room.close()

    def nothing_was_lost(self, tab: Tab) -> None:
        page = tab.page
        added = {number: (tick, name) for tick, name, number in self.ledger.added}
        assert all(added[number][1] == tab.name for number in page.given)
        order = [added[number][0] for number in page.given]
        assert order == sorted(order), "commands ran in another order than they were given in"
        answers = {told.id: told.body for told in page.client.events if isinstance(told, Answered)}
        assert {call: answers.get(call) for call in page.calls} == page.calls
        taps = sum(each.taps for each in [*tab.gone, page])
        lost = sum(each.taps for each in tab.gone)
        assert taps - lost <= self.ledger.presses.count(tab.name) <= taps
        notices = [told.text for told in page.client.events if isinstance(told, Noticed)]
        if AWAY_TOO_LONG.text not in notices:
            first = next(told.tick for told in page.client.events if isinstance(told, Ticked))
            heard = {body.number for body in page.client.heard("Added")}
            assert {number for tick, _, number in self.ledger.added if tick > first} <= heard


def over(client: VirtualClient) -> bool:
    """Whether what ended the last connection leaves nothing to come back to, or nothing for this page."""
    return client.ended is not None and client.core.state.name == "CLOSED"


def pick(those: list[Any], which: int) -> Any:
    """One of them."""
    return those[which % len(those)]


TestRandomSessions = RandomSessions.TestCase
TestRandomSessions.settings = examples(60, stateful_step_count=50, suppress_health_check=list(HealthCheck))


@pytest.mark.soak
def test_random_sessions_for_long() -> None:
    """The same with more and longer stories."""
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        RandomSessions,
        settings=settings(
            max_examples=1_000, stateful_step_count=80, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
