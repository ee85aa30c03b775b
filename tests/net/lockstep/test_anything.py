"""Whatever happens, in any order: a room goes on by its rules, everybody has the same game, and no command runs twice."""

from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest

from net.client.errors import LocalProtocolError
from net.drivers.virtual_lockstep import VirtualPlayer
from net.lockstep.settings import LockstepSettings, MissingPolicy
from net.players.seats import RoomRefusal
from net.protocol import CloseReason
from tests.net.lockstep.match_kit import Give, VirtualLockstep, agree, purse_of, purses

STEPS = 100
FAIR = {1006, CloseReason.LEFT, CloseReason.SILENT, CloseReason.BAD_TOKEN, CloseReason.ROOM_ENDED}
"""How a client that keeps to the protocol may be put out: it left, or was away for too long."""


class Anything:
    """A room, its clients, and things that happen to them by chance."""

    def __init__(self, room: VirtualLockstep, random: Random) -> None:
        self.room, self.random, self.given = room, random, 0
        self.clients = [
            room.join(f"Player {number}", latency=random.choice([0, 20, 150])) for number in range(3)
        ]
        self.acts: list[Callable[[VirtualPlayer], None]] = [
            self.command, self.command, self.command, self.drop, self.back, self.back, self.kill,
            self.ask, self.change, self.watch, self.freeze, self.thaw, self.ready,
        ]  # fmt: skip

    def happen(self) -> None:
        """Time passes, and something happens to somebody."""
        self.room.run(self.random.choice([10.0, 100.0, 300.0, 1_000.0]))
        self.random.choice(self.acts)(self.random.choice(self.clients))

    def command(self, client: VirtualPlayer) -> None:
        self.given += 1
        try:
            client.lockstep.command("give", Give(self.given))
        except LocalProtocolError:
            assert not client.lockstep.plays

    def drop(self, client: VirtualPlayer) -> None:
        if client.session is not None:
            client.drop()

    def back(self, client: VirtualPlayer) -> None:
        if client.session is None and (client.ended is None or client.ended.code == 1006):
            client.connect()

    def kill(self, _: VirtualPlayer) -> None:
        if self.random.random() < 0.3:
            self.room.restart()

    def ask(self, client: VirtualPlayer) -> None:
        """Anything at all, whether it is allowed or not."""
        if client.playing:
            verb, resource, body = self.random.choice([
                ("post", "pause", None), ("post", "resume", None), ("post", "finish", None), ("post", "start", None),
                ("put", "votes/1", {"go_on": True}), ("put", "result", {"match": 1, "result": "Over."}),
                ("get", "match", None), ("put", "ready", False),
            ])  # fmt: skip
            client.core.request(verb, resource, body)

    def change(self, client: VirtualPlayer) -> None:
        if client.playing:
            client.lockstep.setup({"gold": self.random.randrange(10)})

    def ready(self, _: VirtualPlayer) -> None:
        for client in self.clients:
            if client.playing:
                client.lockstep.ready()

    def watch(self, _: VirtualPlayer) -> None:
        if len(self.clients) < 6:
            with suppress(RoomRefusal):
                self.clients.append(self.room.join(f"Player {len(self.clients)}"))

    def freeze(self, client: VirtualPlayer) -> None:
        client.frozen = True

    def thaw(self, _: VirtualPlayer) -> None:
        for client in self.clients:
            client.frozen = False

    def rest(self) -> None:
        """Everybody is back and the match, where there is one, goes on."""
        for client in self.clients:
            client.frozen = False
            self.back(client)
        self.room.run(1_000.0)
        for client in self.clients:
            if client.playing:
                client.core.request("post", "resume")
        self.room.run(30_000.0)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_all_have_the_same_game(seed: int) -> None:
    """A hundred things by chance, and a rest: clients were put out for good reasons only, all who play agree and are level, and
    each command has run once, in its order."""
    random = Random(seed)
    policies: tuple[MissingPolicy, ...] = ("wait", "empty", "drop", "vote")
    rules = LockstepSettings(
        missing=policies[seed % 4], patience=4_000.0, delay=1 + seed % 3, viewer_delay=1_000.0 * (seed % 2)
    )
    with VirtualLockstep(purses(), seed=seed, rules=rules, journal=True) as room:
        chaos = Anything(room, random)
        room.begin()
        for _ in range(STEPS):
            chaos.happen()
        chaos.rest()
        assert {client.ended.code for client in chaos.clients if client.ended is not None} <= FAIR
        players = [client for client in chaos.clients if client.playing and client.lockstep.plays]
        if room.room.play.match is None or not players:
            return
        assert room.room.state == "running.iterating"
        assert agree(players)
        for one in players:
            assert room.room.play.match.generation - one.lockstep.generation < 10
            given = purse_of(one, players[0].core.player).given
            assert given == sorted(set(given))
