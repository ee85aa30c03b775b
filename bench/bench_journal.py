"""The journal: what writing a tick of 400 players costs, how much disk it takes, what a keyframe, a sync and a resume cost."""

import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter_ns, process_time_ns

from app.config import JournalsSection
from app.journals.file import Syncer, create_file
from app.journals.resume import read_story
from bench.harness import Bench, Measured, figure
from net.client.core import ClientCore
from net.drivers.virtual import VirtualRoom
from net.hosted import HostedGame
from net.journal.packing import pack_image
from net.journal.writer import JournalWriter
from net.protocol import AXIS_SCALE, Input
from net.rooms.room import Room
from net.settings import RoomSettings
from tickroom.testing import load_game

VILLAGE = Path(__file__).resolve().parents[1] / "mods" / "village"
PLAYERS = 400
TICK_RATE = 20
HOUR = 3_600 * TICK_RATE
TICKS = 400
"""From one keyframe to the next."""
LATE = 0.05
"""So many inputs miss their tick and come with the next one."""
Tick = list[tuple[int, Input]]


def walkers(aiming: float) -> Iterator[Tick]:
    """400 players who press or let go a key once a second; a part of them moves two axes (a pointer) in each tick."""
    random = Random(1)
    held, axes = [0] * PLAYERS, [[0, 0] for _ in range(PLAYERS)]
    given = [0] * PLAYERS
    for tick in range(TICKS):
        heard: Tick = []
        for player in range(PLAYERS):
            due = 0 if random.random() < LATE else tick - given[player] + 1
            for _ in range(min(due, 2)):
                heard.append((player, _input(random, player, given, held, axes, aiming)))
        random.shuffle(heard)  # as sockets have it
        yield heard


def _input(
    random: Random, player: int, given: list[int], held: list[int], axes: list[list[int]], aiming: float
) -> Input:
    given[player] += 1
    before = held[player]
    if random.random() < 1 / TICK_RATE:
        held[player] ^= 1 << random.randrange(5)
    if random.random() < aiming:
        axes[player] = [
            max(-AXIS_SCALE, min(AXIS_SCALE, axis + random.randrange(-2_000, 2_000))) for axis in axes[player]
        ]
    return Input(given[player], held[player], held[player] & ~before, list(axes[player]))


def write_all(ticks: list[Tick]) -> tuple[list[float], int]:
    """What each tick cost (us of CPU time), and how many bytes there are. Without the collector, as in a server's tick."""
    writer, costs, size = JournalWriter(), [], 0
    gc.disable()
    for heard in ticks:
        begin = process_time_ns()
        for player, given in heard:
            writer.hear((player, given))
        size += len(writer.tick())
        costs.append((process_time_ns() - begin) / 1_000)
    gc.enable()
    return costs, size


def _tick_cost(aiming: float) -> Measured:
    ticks = list(walkers(aiming))
    runs = [write_all(ticks) for _ in range(5)]
    cost = median(median(costs) for costs, _ in runs)
    megabytes = runs[0][1] / TICKS * HOUR / 1e6
    return Measured(
        cost,
        len(runs),
        0.0,
        (("bytes a tick", f"{runs[0][1] / TICKS:.0f}"), ("MB an hour", f"{megabytes:.1f}")),
    )


@figure(
    "journal.n400.us_per_tick",
    unit="us",
    goal=300.0,
    note="400 players who walk: a key a second, 5 % of inputs late",
)
def walking(_: Bench) -> Measured:
    """What a tick of inputs costs, from being heard to the bytes."""
    return _tick_cost(0.0)


@figure(
    "journal.n400.us_per_tick_aiming",
    unit="us",
    goal=300.0,
    note="the same, and 30 % move a pointer in each tick",
)
def aiming(_: Bench) -> Measured:
    """The dear case: what does not repeat has to be written."""
    return _tick_cost(0.3)


@figure("journal.n400.mb_per_hour", unit="MB", note="of the 400 who walk, without keyframes")
def bytes_per_hour(_: Bench) -> Measured:
    """How much of a disk an hour takes."""
    size = write_all(list(walkers(0.0)))[1]
    aimed = write_all(list(walkers(0.3)))[1]
    return Measured(
        size / TICKS * HOUR / 1e6, details=(("30 % aiming, MB", f"{aimed / TICKS * HOUR / 1e6:.1f}"),)
    )


@figure("journal.append.us", unit="us", note="a record of 300 bytes to a file, without asking for safety")
def append(_: Bench) -> Measured:
    """What writing before telling costs, and what making it safe in every tick would."""
    costs = {
        policy: _append_cost(policy, count)
        for policy, count in (("never", 2_000), ("interval", 2_000), ("tick", 100))
    }
    return Measured(
        costs["never"],
        details=tuple((f'fsync = "{policy}"', f"{cost:.0f} us a tick") for policy, cost in costs.items()),
    )


def _append_cost(policy: str, count: int) -> float:
    with tempfile.TemporaryDirectory(dir=os.environ.get("TICKROOM_BENCH_DISK")) as folder:
        settings = JournalsSection(fsync=policy)  # type: ignore[arg-type]  # one of its words
        syncer = Syncer(settings)
        file = create_file(Path(folder) / "x.journal", b"begin", syncer)
        data, costs = os.urandom(300), []
        for number in range(count):
            begin = perf_counter_ns()
            file.append(data, number * 50.0)
            costs.append((perf_counter_ns() - begin) / 1_000)
        file.close()
        syncer.close()
    return median(costs)


def village_with(players: int) -> VirtualRoom:
    """A village in which so many walk about, from its last keyframe to just before the next."""
    hosted = HostedGame.of(load_game(VILLAGE).game)
    room = VirtualRoom(hosted, journal=True, settings=RoomSettings(silence=1e9))
    random = Random(1)
    for number in range(players):
        room.join(f"p{number}")
    end = 2 * hosted.game.keyframe_interval - 1
    while room.tick < end:
        for client in room.clients:
            if random.random() < 1 / hosted.game.tick_rate:
                _turn(client.core, random)
        room.run()
    return room


def _turn(core: ClientCore, random: Random) -> None:
    keys = core.schema.inputs.keys
    for key in keys:
        core.inputs.release(key)
    core.inputs.hold(random.choice(keys))


@figure(
    "journal.village.resume_ms",
    unit="ms",
    goal=1_000.0,
    note="50 players, killed one tick before a keyframe: the worst case",
)
def resume(_: Bench) -> Measured:
    """From the file to a room that ticks, and what its keyframe costs to make."""
    with village_with(50) as room, tempfile.TemporaryDirectory() as folder:
        keyframe = _median_ms(lambda: pack_image(0, room.room.play.image()), 10)
        size = len(pack_image(0, room.room.play.image()))
        path = Path(folder) / "000000.journal"
        path.write_bytes(room.journal)
        cost = _median_ms(partial(_resume, path, room.room.hosted), 3)
        ticks = room.tick % room.room.hosted.game.keyframe_interval
    return Measured(
        cost,
        3,
        details=(
            ("ticks run again", str(ticks)),
            ("keyframe, ms", f"{keyframe:.1f}"),
            ("keyframe, kB", f"{size / 1_000:.0f}"),
            ("journal, kB", f"{len(room.journal) / 1_000:.0f}"),
        ),
    )


def _resume(path: Path, hosted: HostedGame) -> None:
    story = read_story(path)
    room = Room("r", hosted, seed=story.header.seed, settings=RoomSettings(), now=0.0)
    room.restore(story.keyframe.image())
    for frame in story.frames:
        room.rerun(frame)
    room.resume(0.0, JournalWriter(story.seed))
    room.step(50.0)
    room.close()


def _median_ms(run: Callable[[], object], count: int) -> float:
    costs = []
    for _ in range(count):
        begin = process_time_ns()
        run()
        costs.append((process_time_ns() - begin) / 1e6)
    return median(costs)
