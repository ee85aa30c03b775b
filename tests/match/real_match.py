"""Rooms of skirmish on a real server that is killed: in each two programs in Python and two pages in Chromium, each behind
a bad network of its own (a proxy)."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from net.conditions import PERFECT, PRESETS
from net.drivers.proxy import NetworkProxy
from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.protocol import Master
from net.replay.lockstep import LockstepTale, verify_lockstep
from net.replay.outline import read_outline
from tests.browser.player import until
from tests.crash.mortal import Mortal
from tests.match.backstage import Backstage
from tests.match.pages import SIZE, Hand
from tests.match.programs import Program
from tests.mods.loading import load

if TYPE_CHECKING:
    from playwright.sync_api import Page

CONFIG = """
[limits]
creates_per_minute = 10000
joins_per_minute = 100000
handshakes_per_minute = 100000
[rooms]
empty_timeout = 600.0
seat_kept = 600.0
[mods]
folders = ["{games}"]
[log]
format = "json"
"""
SETUP = {"size": "small", "start": "village"}
RULES = {"missing": "wait", "patience": 300_000.0}
NETWORKS = ("wifi", "lte", "3g", "train")
TROUBLE = 0.06
"""How likely a player's connection is lost or stands still in each moment of a room, beside what the networks do."""
LEAST_ACTS = 30
"""So many of each page, or its whole time five times over."""
PATIENCE = 300.0
"""Seconds for what must happen, on a machine however busy."""
Open = Callable[..., "Page"]


class RealRoom:
    """One room, and its four players."""

    def __init__(self, mortal: Mortal, stage: Backstage, open_page: Open, seed: int) -> None:
        """Everybody is in the room, on good networks."""
        self.random = Random(seed)
        self._stage = stage
        status, room = mortal.request(
            "POST", "/create", {"game": "skirmish", "seed": seed, "setup": SETUP, "rules": RULES}
        )
        assert status == 201, room
        self.room_id: str = room["room_id"]
        self._mortal = mortal
        self._path = urlsplit(room["join_url"])
        self.programs: list[Program] = []
        self.hands: list[Hand] = []
        for number in range(2):
            self.programs.append(self._program(f"Program {number}", seed + 10 * number))
            self.hands.append(self._hand(open_page, f"Page {number}", seed + 10 * number + 5))

    @property
    def proxies(self) -> list[NetworkProxy]:
        """Of all players."""
        return [program.proxy for program in self.programs] + [hand.proxy for hand in self.hands]

    @property
    def generation(self) -> int:
        """The last that any program has run."""
        return max(program.generation for program in self.programs)

    # What happens ----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Teams are chosen, all are ready, and all run the match; from then on the networks are bad."""
        host = self.programs[0]
        page = self.hands[0].page
        until(page, lambda: len(self._stage.call(host.chosen)) >= 2, "the pages have teams", PATIENCE)
        for number in range(4):
            body = {"changes": {"team": number}}
            assert self._stage.do(host.player.ask("put", f"setup/{number}", body)) == 200
        until(page, lambda: len(set(self._stage.call(host.chosen).values())) == 4, "all have teams", PATIENCE)
        for program in self.programs:
            assert self._stage.do(program.player.ask("put", "ready", True)) == 200
        for hand in self.hands:
            hand.page.get_by_role("button", name="Ready", exact=True).click()
        for hand in self.hands:
            until(hand.page, partial(self._has_run, hand, 2), "the match runs", PATIENCE)
            hand.page.locator(".skirmish-field").wait_for()
            hand.step_back()
        for program in self.programs:
            program.rests = False
        for proxy, network in zip(self.proxies, self.random.sample(NETWORKS, 4), strict=True):
            self._stage.call(partial(proxy.change, PRESETS[network]))

    def play(self) -> None:
        """A moment of everybody's game."""
        for hand in self.hands:
            hand.look()
            if hand.connection == "open":
                hand.act(self._stage.call(partial(self.programs[0].sight, hand.number)))
        self.check()

    def trouble(self) -> str:
        """A player's connections are lost, or stand still, for a while; what."""
        proxy = self.random.choice(self.proxies)
        what = self.random.choice(("stall", "cut"))
        milliseconds = self.random.uniform(200.0, 4_000.0)
        act = proxy.stall if what == "stall" else proxy.disconnect
        self._stage.call(partial(act, milliseconds))
        return f"{what} of {milliseconds:.0f} ms"

    def rest(self) -> None:
        """The networks are good again and nobody commands; returns when all are here and have run ten generations more."""
        for program in self.programs:
            program.rests = True
        for proxy in self.proxies:
            self._stage.call(partial(proxy.change, PERFECT))
        last = self.generation + 10
        page = self.hands[0].page
        try:
            until(page, lambda: self._have_all_run(last), "all are here again, and go on", PATIENCE)
        except AssertionError as error:
            error.add_note(self.summary())
            raise
        self.check()

    # What must be so --------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Nobody has noticed anything wrong."""
        for program in self.programs:
            assert program.fault == ""
            assert program.again == 0
        for hand in self.hands:
            assert hand.again == 0, f"{hand.name} has begun anew"

    def assert_agree(self) -> None:
        """All have run the same last generations, and all that they were seen to compute is equal."""
        all_sums = [program.sums for program in self.programs] + [hand.sums for hand in self.hands]
        common = set.intersection(*(set(sums) for sums in all_sums))
        assert max(common) >= self.generation - 64
        for generation in sorted(set.union(*(set(sums) for sums in all_sums))):
            told = {sums[generation] for sums in all_sums if generation in sums}
            assert len(told) == 1, f"generation {generation}"
        for program in self.programs:
            assert sorted(program.sums) == list(range(max(program.sums) + 1)), "a generation is lost"

    def assert_journal(self, file: Path) -> int:
        """Every generation is in the journal once, in order, with every command of the programs once, in order, and some of
        each page's; run again it is the same match. How many generations."""
        with file.open("rb") as stream:
            reader = JournalReader(stream)
            outline = read_outline(reader)
            hosted = HostedGame.of(load("skirmish"))
            masters = [told.master for told in LockstepTale(reader, hosted, outline.size).told()]
            verdict = verify_lockstep(reader, hosted, outline.size)
        assert [master.generation for master in masters] == list(range(len(masters)))
        assert len(masters) > self.generation - 3
        for program in self.programs:
            assert commands(masters, program.number) == program.given
        for hand in self.hands:
            assert len(commands(masters, hand.number)) > 0, (
                f"{hand.name} has played nothing in {hand.acts} acts"
            )
        assert verdict.mismatch is None
        assert not list(file.parent.glob("desync-*.json"))
        return len(masters)

    def summary(self) -> str:
        """One line for the log."""
        given = [len(program.given) for program in self.programs]
        acts = [hand.acts for hand in self.hands]
        opened = [proxy.opened for proxy in self.proxies]
        return f"generations {self._generations()}, commands {given}, acts {acts}, connections {opened}"

    async def end(self) -> None:
        """On the stage."""
        for program in self.programs:
            await program.end()
        for proxy in self.proxies:
            await proxy.__aexit__(None, None, None)

    # -----------------------------------------------------------------------------------------------------------------

    def _proxy(self, seed: int) -> NetworkProxy:
        target = urlsplit(self._mortal.url)
        assert target.port is not None
        return self._stage.do(NetworkProxy(("127.0.0.1", target.port), seed=seed).__aenter__())

    def _program(self, name: str, seed: int) -> Program:
        status, seat = self._mortal.request("POST", f"/join/{self.room_id}", {"username": name})
        assert status == 200, seat
        program = Program(seat["socket_url"], seat["token"], self._proxy(seed))
        self._stage.do(program.begin())
        return program

    def _hand(self, open_page: Open, name: str, seed: int) -> Hand:
        proxy = self._proxy(seed)
        page = open_page(f"{proxy.url}{self._path.path}?{self._path.query}", viewport=SIZE)
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Play", exact=True).click()
        page.locator("#game.lockstep").wait_for()
        return Hand(page, name, proxy, seed)

    def _generations(self) -> list[int]:
        return [program.generation for program in self.programs] + [hand.generation for hand in self.hands]

    def _has_run(self, hand: Hand, least: int) -> bool:
        hand.look()
        return hand.generation >= least

    def _have_all_run(self, least: int) -> bool:
        here = [program.generation >= least for program in self.programs]
        return all(here + [self._has_run(hand, least) for hand in self.hands])


def commands(masters: list[Master], player: int) -> list[tuple[str, Any]]:
    """All commands of a player, in order."""
    bodies = [body for master in masters for number, body in master.bodies if number == player and body]
    return [(name, fields) for body in bodies for name, fields in msgspec.msgpack.decode(body)]


def played(folder: Path, open_page: Open, *, seed: int, seconds: float, kills: int) -> None:
    """Two rooms of four, for so long, through so many kills of their server: nothing is lost, and all agree."""
    mortal, random = Mortal(folder, config=CONFIG), Random(seed)
    mortal.start()
    rooms: list[RealRoom] = []
    with Backstage() as stage:
        try:
            rooms += [RealRoom(mortal, stage, open_page, seed + 100 * number) for number in (1, 2)]
            for room in rooms:
                room.begin()
            _play(rooms, mortal, random, seconds, kills)
            for room in rooms:
                room.rest()
                room.assert_agree()
        finally:
            for room in rooms:
                stage.do(room.end())
            mortal.kill()
    assert mortal.mistakes == []
    for room in rooms:
        file = max((mortal.data / "journals" / room.room_id).glob("*.journal"))
        _say(f"{room.summary()}; {room.assert_journal(file)} generations in the journal")


def _play(rooms: list[RealRoom], mortal: Mortal, random: Random, seconds: float, kills: int) -> None:
    begin = monotonic()
    moments = [begin + seconds * (each + random.uniform(0.3, 0.7)) / kills for each in range(kills)]
    while (
        monotonic() < begin + seconds
        or moments
        or (have_done_little(rooms) and monotonic() < begin + 5 * seconds)
    ):
        for room in rooms:
            room.play()
            if random.random() < TROUBLE:
                _say(f"{monotonic() - begin:5.0f} s: {room.trouble()}; {room.summary()}")
        if moments and monotonic() >= moments[0]:
            moments.pop(0)
            mortal.kill()
            _say(f"{monotonic() - begin:5.0f} s: the server is killed")
            mortal.start()
        rooms[0].hands[0].page.wait_for_timeout(500)


def have_done_little(rooms: list[RealRoom]) -> bool:
    """Whether somebody's page is so slow that it has hardly played: not each act is a command."""
    return any(hand.acts < LEAST_ACTS for room in rooms for hand in room.hands)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
