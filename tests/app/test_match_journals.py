"""The journal of a match that goes on for long: keyframes in it, files that follow each other, and coming back from any file."""

from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from app.journals.resume import read_story
from net.codec import MESSAGEPACK
from net.journal.reader import JournalReader
from net.lockstep.play import LockstepPlay
from net.players.session import Session
from net.protocol import (
    ClientBundle,
    ClientItem,
    Configuration,
    Master,
    Packet,
    Request,
    ServerBundle,
    Welcome,
)
from net.replay.lockstep import LockstepTale
from net.replay.outline import read_outline
from tests.app.resume_kit import Host
from tests.app.site_kit import Kit, Recorder, loaded
from tests.net.lockstep.match_kit import purses

SEGMENT = 65_536
TOML = f"[journals]\nsegment_bytes = {SEGMENT}\n[limits]\nbytes_per_second = 10000000\n"
PLAYERS = 4
PERIOD = 100.0
GAME = loaded(purses())


class Player:
    """Answers each generation at once, with as many commands as fit."""

    def __init__(self, kit: Kit, session: Session, recorder: Recorder, number: int) -> None:
        self.session, self.recorder, self.number = session, recorder, number
        self.generation, self.read, self.ids = -1, 0, 0
        self._kit = kit
        self._random = Random(number)

    def answer(self) -> None:
        """All that has been told since the last time."""
        told, self.read = self.recorder.sent[self.read :], len(self.recorder.sent)
        for payload in told:
            message = MESSAGEPACK.decode_server(payload)
            if isinstance(message, ServerBundle):
                items = [said for item in message.items if (said := self._said(item))]
                self.session.receive(
                    msgspec.msgpack.encode(ClientBundle(message.tick, message.tick, items)), self._kit.clock()
                )

    def _said(self, item: object) -> ClientItem | None:
        if isinstance(item, Configuration) and len(item.players) == PLAYERS and self.number not in item.ready:
            self.ids += 1
            return Request(self.ids, "put", "ready", msgspec.Raw(b"\xc3"))
        if not isinstance(item, Master):
            return None
        self.generation = item.generation
        commands = [["give", {"amount": self._random.randint(-100, 100)}] for _ in range(40)]
        body = msgspec.msgpack.encode(commands)
        return Packet(item.generation, 5, 60, item.generation, item.generation * 7919 % 2**32, body)


def begun(host: Host) -> tuple[Kit, str, list[Player]]:
    """A match of four."""
    kit = host.start(GAME)
    room_id = kit.create(game="purses")
    players = []
    for number in range(PLAYERS):
        session, recorder = kit.play(room_id, f"Player {number}")
        players.append(Player(kit, session, recorder, number))
    play(kit, players, 5)
    assert players[0].generation >= 0
    return kit, room_id, players


def play(kit: Kit, players: list[Player], generations: int) -> None:
    """So many steps."""
    for _ in range(generations):
        kit.turn(PERIOD)
        for player in players:
            player.answer()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A server with small files."""
    return Host(tmp_path, toml=TOML)


def files(host: Host, room_id: str) -> list[Path]:
    """The room's, in order."""
    return sorted((host.folder / "journals" / room_id).glob("*.journal"))


def told(path: Path) -> list[int]:
    """The generations that a file tells of, those before its first keyframe too. Raises where a keyframe is not what was."""
    reader = JournalReader(BytesIO(path.read_bytes()))
    tale = LockstepTale(reader, GAME.hosted, read_outline(reader).size)
    return [each.master.generation for each in tale.told()]


def test_a_match_goes_on_in_another_file(host: Host) -> None:
    """Each file is bounded, begins with all that was told, and tells every generation of the match by itself."""
    kit, room_id, players = begun(host)
    play(kit, players, 700)
    last = players[0].generation
    room = kit.rooms.entry(room_id).room
    assert isinstance(room.play, LockstepPlay)
    assert room.play.match is not None
    assert room.play.match.generation >= 690
    written = files(host, room_id)
    assert len(written) >= 3
    keyframe = room.play.match.history.size + 256 * 2_000
    for path in written:
        assert path.stat().st_size <= SEGMENT + 2 * keyframe
    host.kit = None  # killed
    for path in written:
        generations = told(path)
        assert generations == list(range(len(generations)))
    assert len(told(written[-1])) > last


def test_a_restart_runs_no_more_again_than_was_written_since(host: Host) -> None:
    """Killed anywhere in the match: it is back at the generation that was told last, from the last file and its last keyframe."""
    kit, room_id, players = begun(host)
    for generations in (150, 90, 210):
        play(kit, players, generations)
        before = kit.rooms.entry(room_id).room.play.image()
        host.kit = None  # killed
        story = read_story(files(host, room_id)[-1])
        assert story.bytes_again <= 3 * SEGMENT
        kit = host.start(GAME)
        room = kit.rooms.entry(room_id).room
        assert isinstance(room.play, LockstepPlay)
        assert match_of(room.play.image()) == match_of(before)
        players = [again(kit, room_id, player) for player in players]


def match_of(image: bytes) -> Any:
    """What an image has of its match."""
    return msgspec.msgpack.decode(image)[-1]


def again(kit: Kit, room_id: str, player: Player) -> Player:
    """The player with another connection."""
    token = next(
        message.token
        for payload in player.recorder.sent
        if isinstance(message := MESSAGEPACK.decode_server(payload), Welcome)
    )
    session, recorder = kit.connect(room_id, token)
    back = Player(kit, session, recorder, player.number)
    back.ids = player.ids
    return back


def test_a_match_without_commands_has_few_keyframes(tmp_path: Path) -> None:
    """What hardly grows is hardly written again: ten minutes of silence stay in one file with two keyframes."""
    host = Host(tmp_path)
    kit, room_id, players = begun(host)
    for player in players:
        player._said = quiet(player)  # type: ignore[method-assign]
    play(kit, players, 1_000)
    (path,) = files(host, room_id)
    reader = JournalReader(BytesIO(path.read_bytes()))
    assert len(reader.keyframes()) == 2
    assert path.stat().st_size < 60_000


@pytest.mark.parametrize("where", ["setup", "pause"])
def test_what_is_chosen_and_said_while_no_generation_comes_is_in_bounded_files(
    host: Host, where: str
) -> None:
    """A setup that is changed for as long as somebody likes, and chat while a match stands still, go on in other files."""
    kit, room_id, players = begun(host)
    ask(kit, players[0], "post", "finish" if where == "setup" else "pause", None)
    play(kit, [], 3)
    for number in range(1_000):
        if where == "setup":
            body: object = {"changes": {"x": f"{number:04}" * 100}}
            ask(kit, players[0], "put", f"setup/{players[0].number}", body)
        else:
            ask(kit, players[number % 4], "post", "chat", {"text": f"{number:04}" * 50})
        play(kit, [], 5)
    room = kit.rooms.entry(room_id).room
    written = files(host, room_id)
    assert len(written) >= 3
    for path in written:
        assert path.stat().st_size <= 3 * SEGMENT
        told(path)
    before, tick = room.play.image(), room.tick
    host.kit = None  # killed
    assert read_story(written[-1]).bytes_again <= 2 * SEGMENT
    room = host.start(GAME).rooms.entry(room_id).room
    assert room.tick == tick
    assert decoded(room.play.image()) == decoded(before)


def decoded(image: bytes) -> Any:
    """What an image has, but for the seats: who was connected is not, for a server that was killed."""
    chart, _, *others = msgspec.msgpack.decode(image)[1:]
    return chart, others


def ask(kit: Kit, player: Player, verb: str, resource: str, body: object) -> None:
    """A player asks, at a moment when nothing else is said."""
    player.ids += 1
    request = Request(player.ids, verb, resource, msgspec.Raw(msgspec.msgpack.encode(body)))
    player.session.receive(msgspec.msgpack.encode(ClientBundle(0, player.generation, [request])), kit.clock())


def quiet(player: Player) -> Any:
    """What a player says who gives no commands."""

    def said(item: object) -> ClientItem | None:
        if not isinstance(item, Master):
            return None
        player.generation = item.generation
        return Packet(item.generation, 5, 60, item.generation, item.generation % 1_000, b"")

    return said
