"""Fifty bots on a server that dies again and again, in every way there is.

After each death: every room is back, every bot is in its seat within 5 s of the server's listening, and every account agrees.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from statistics import median
from time import monotonic
from uuid import uuid4

import msgspec

from tests.crash.bots import NOT_THERE, Bot, Clerk, Seated, Wanderer, together
from tests.crash.disk import running_journals, stored_ledgers, tear
from tests.crash.mortal import Mortal, patience

BACK_SECONDS = 5.0
"""How soon everybody is back after the server listens (issue 4)."""
LOOK_SECONDS = 0.05
SETTLE_SECONDS = 30.0
JOINERS = 4
"""Joins under way when the server is killed."""
MOST_JOINS = 6
MOST_SAID = 20
"""Faults that are said of one death; all are kept."""


@dataclass(frozen=True, slots=True)
class Death:
    """One death, and the return from it."""

    way: str
    start_seconds: float
    """From the start of the process until it listened."""
    back_seconds: float
    """Until the last bot was back, after it listened."""
    median_seconds: float


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A join that was answered while the server was about to die: the seat has to be there."""

    name: str
    guest: str
    seat: Seated


class LostTime:
    """How long this program wanted to run and could not, since this was made: a machine that stands still is nobody's fault."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while True:
            woken_at = monotonic() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.seconds += monotonic() - woken_at

    def close(self) -> None:
        """Counts no more."""
        self._task.cancel()


class Siege:
    """A server, its bots, and how both are brought through deaths. `seed` fixes what is chosen; the moments are the machine's."""

    def __init__(self, mortal: Mortal, seed: int, say: Callable[[str], None] | None = None) -> None:
        self.mortal = mortal
        self.random = Random(seed)
        self.deaths: list[Death] = []
        self.faults: list[str] = []
        self.bots: list[Bot] = []
        self.clerks: list[Clerk] = []
        self.ledgers: list[str] = []
        self.rooms: set[str] = set()
        self._new_rooms: set[str] = set()
        """Rooms whose making was answered while the server was about to die."""
        self._ended: set[str] = set()
        self._said: set[str] = set()
        self._newcomers: list[Newcomer] = []
        self._say = say or _to_stderr
        self._moves: set[asyncio.Task[None]] = set()

    # The whole -------------------------------------------------------------------------------------------------------

    async def begin(self, wanderers: dict[str, int], clerks: int, ledgers: int = 2) -> None:
        """Start the server, make the rooms and seat the bots: so many in a room of each game."""
        await asyncio.to_thread(self.mortal.start)
        entering: list[Awaitable[None]] = []
        for game, count in wanderers.items():
            room_id = await self._create(game)
            for number in range(count):
                bot = Wanderer(f"{game} {number}", self.mortal.request, self._fork())
                self.bots.append(bot)
                entering.append(bot.enter(room_id))
        self.ledgers = [await self._create("ledger") for _ in range(ledgers)]
        for number in range(clerks):
            clerk = Clerk(f"clerk {number}", number + 1, self.mortal.request, self._fork())
            self.clerks.append(clerk)
            entering.append(clerk.enter(self.ledgers[number % ledgers]))
        self.bots += self.clerks
        await together(entering)

    async def die(self, way: str) -> None:
        """One death in a way, and the return."""
        await asyncio.sleep(self.random.uniform(0.2, 1.5))
        self._send_somebody()
        await self.return_from(way, await self.ways[way](self))

    async def return_from(self, way: str, started: tuple[float, float]) -> None:
        """The server was launched, and listened, at these moments: wait for everybody, and compare."""
        launched, ready_at = started
        back = await self._everybody_back(ready_at)
        self.deaths.append(Death(way, ready_at - launched, max(back), median(back)))
        await self._check_rooms()
        await self._check_newcomers()
        await together([clerk.report() for clerk in self.clerks if not clerk.moving])
        self._say(
            f"{len(self.deaths)}: {way}: listening after {ready_at - launched:.2f} s, all back {max(back):.2f} s later (median "
            f"{median(back):.2f}), {sum(len(clerk.account.sent) for clerk in self.clerks)} lines"
        )
        self._say_new_faults()

    async def end(self) -> None:
        """Come to rest, compare, leave, stop in order, and read what the store has."""
        await self._in_time("not all who moved arrived", *self._moves)
        await self._in_time("not everything came to rest", *(clerk.settle() for clerk in self.clerks))
        await self._in_time("no report", *(clerk.report() for clerk in self.clerks))
        for clerk in self.clerks:
            clerk.account.ends()
        await self._in_time("not everybody could leave", *(bot.leave() for bot in self.bots))
        code = await asyncio.to_thread(self.mortal.stop)
        if code:
            self.faults.append(f"the server ended with {code}")
        self.faults += [f"the server logged: {line[:2000]}" for line in self.mortal.mistakes]
        saved = stored_ledgers(self.mortal.data)
        for clerk in self.clerks:
            clerk.account.saved(saved.get(clerk.identity, []))

    async def _in_time(self, fault: str, *parts: Awaitable[None]) -> None:
        """All of it, or a fault."""
        try:
            async with asyncio.timeout(SETTLE_SECONDS * patience()):
                await together([*parts])
        except TimeoutError:
            self.faults.append(fault)

    async def close(self) -> None:
        """Everything is over, however it went."""
        for task in self._moves:
            task.cancel()
        await asyncio.gather(*(bot.close() for bot in self.bots), return_exceptions=True)
        await asyncio.to_thread(self.mortal.kill)

    def all_faults(self) -> list[str]:
        """Whatever was not as it should be."""
        found = list(self.faults)
        for bot in self.bots:
            found += bot.faults
        for clerk in self.clerks:
            found += clerk.account.faults
        return found

    def _say_new_faults(self) -> None:
        found = self.all_faults()
        for fault in [each for each in found if each not in self._said][:MOST_SAID]:
            self._say(f"   fault: {fault}")
        self._said.update(found)

    # Ways to die; each returns when the next server was started, and when it listened ---------------------------------

    async def _kill(self) -> tuple[float, float]:
        await asyncio.to_thread(self.mortal.kill)
        return await self.start()

    async def _kill_twice(self) -> tuple[float, float]:
        """Killed, and again while it comes back, at any moment of that."""
        await asyncio.to_thread(self.mortal.kill)
        took = median([death.start_seconds for death in self.deaths] or [2.0])
        for _ in range(self.random.choice((1, 1, 2))):
            await asyncio.to_thread(self.mortal.launch)
            await asyncio.sleep(self.random.uniform(0.3, 1.2) * took)
            await asyncio.to_thread(self.mortal.kill)
        return await self.start()

    async def _kill_stopping(self) -> tuple[float, float]:
        """Killed while it stops in order."""
        await asyncio.to_thread(self.mortal.terminate)
        await asyncio.sleep(
            self.random.choice((0.0, self.random.uniform(0.0, 0.05), self.random.uniform(0.0, 0.5)))
        )
        await asyncio.to_thread(self.mortal.kill)
        return await self.start()

    async def _tear(self) -> tuple[float, float]:
        """Killed in the middle of writing the next record of each journal."""
        await asyncio.to_thread(self.mortal.kill)
        for path in running_journals(self.mortal.data):
            tear(path, self.random)
        return await self.start()

    async def _kill_at_the_door(self) -> tuple[float, float]:
        """Killed while players join and rooms are made."""
        doings = [self._create_until_it_dies, *[self._join_until_it_dies] * JOINERS]
        joining = [asyncio.create_task(asyncio.to_thread(doing)) for doing in doings]
        await asyncio.sleep(self.random.uniform(0.0, 0.15))
        await asyncio.to_thread(self.mortal.kill)
        await asyncio.gather(*joining)
        return await self.start()

    async def _stop(self) -> tuple[float, float]:
        """No death at all: stopped in order, and started again."""
        code = await asyncio.to_thread(self.mortal.stop)
        if code:
            self.faults.append(f"the server ended with {code}")
        self._check_store()
        return await self.start()

    ways: dict[str, Callable[["Siege"], Awaitable[tuple[float, float]]]] = {
        "kill": _kill,
        "kill twice": _kill_twice,
        "kill stopping": _kill_stopping,
        "tear": _tear,
        "kill at the door": _kill_at_the_door,
        "stop": _stop,
    }

    async def start(self) -> tuple[float, float]:
        """Start the server; when it was launched, and when it listened."""
        launched = monotonic()
        return launched, await asyncio.to_thread(self.mortal.start)

    # Checks ----------------------------------------------------------------------------------------------------------

    async def _everybody_back(self, ready_at: float) -> list[float]:
        """How long each took, who is not between two rooms."""
        resting = [bot for bot in self.bots if not bot.moving]
        tasks = {bot.name: asyncio.create_task(bot.back_since(ready_at)) for bot in resting}
        limit, lost = BACK_SECONDS * patience(), LostTime()
        done, late = await asyncio.wait(tasks.values(), timeout=max(0.0, ready_at + limit - monotonic()))
        while late and (left := ready_at + limit + lost.seconds - monotonic()) > 0.0:
            done, late = await asyncio.wait(tasks.values(), timeout=left)
        lost.close()
        if late:
            names = [name for name, task in tasks.items() if task in late]
            self.faults.append(f"not back after {limit + lost.seconds:.1f} s: {', '.join(names)}")
            done, late = await asyncio.wait(tasks.values(), timeout=SETTLE_SECONDS * patience())
        for bot in resting:
            bot.check_alive()
        for task in late:
            task.cancel()
        if late:
            raise AssertionError(f"some never came back: {self.all_faults()}")
        return [task.result() for task in done]

    async def _check_rooms(self) -> None:
        """All that were promised are there. New ones are ended: they must not come back."""
        found = await asyncio.to_thread(self._rooms)
        promised = self.rooms | self._new_rooms
        if promised - found:
            self.faults.append(f"the rooms are {found}, and were {promised}")
        if found & self._ended:
            self.faults.append(f"the rooms {found & self._ended} were ended, and are back")
        for room_id in found - self.rooms:
            status, _ = await asyncio.to_thread(self.mortal.request, "DELETE", f"/rooms/{room_id}")
            if status != 204:
                self.faults.append(f"the room {room_id} cannot be ended: {status}")
            self._ended.add(room_id)
        self._new_rooms.clear()

    def _rooms(self) -> set[str]:
        _, answer = self.mortal.request("GET", "/rooms")
        return {room["room_id"] for room in answer["rooms"]}

    async def _check_newcomers(self) -> None:
        """Who was answered has a seat, and only who was answered or never got one."""
        newcomers, self._newcomers = self._newcomers, []
        for newcomer in newcomers:
            bot = Bot(newcomer.name, self.mortal.request, self._fork())
            bot.guest = newcomer.guest
            try:
                async with asyncio.timeout(SETTLE_SECONDS * patience()):
                    await bot.sit(newcomer.seat)
                    await bot.leave()
            except Exception as error:  # noqa: BLE001 - whatever it is, the seat that was promised is not there
                self.faults.append(f"{newcomer.name} was promised a seat and does not get it: {error!r}")
                await bot.close()
            self.faults += bot.faults

    def _check_store(self) -> None:
        """The store never has what the ledger has not."""
        saved = stored_ledgers(self.mortal.data)
        for clerk in self.clerks:
            tokens = saved.get(clerk.identity, [])
            if tokens != clerk.account.sent[: len(tokens)]:
                self.faults.append(f"{clerk.name}: the store has other lines than were sent")

    # Doings ----------------------------------------------------------------------------------------------------------

    def _send_somebody(self) -> None:
        """A clerk goes to the other room, with the ledger."""
        resting = [clerk for clerk in self.clerks if not clerk.moving]
        clerk = self.random.choice(resting)
        other = self.random.choice([room_id for room_id in self.ledgers if room_id != clerk.seat.room_id])
        task = asyncio.create_task(clerk.move(other))
        self._moves.add(task)

    def _join_until_it_dies(self) -> None:
        """One join after the other; in a thread. Not so many that a room is full, where unclaimed seats make room."""
        for _ in range(MOST_JOINS):
            guest = str(uuid4())
            name = f"new {guest[:8]}"
            body = {"username": name, "guest": guest}
            try:
                status, answer = self.mortal.request("POST", f"/join/{self.ledgers[0]}", body)
            except NOT_THERE:
                return
            if status != 200:
                return
            self._newcomers.append(Newcomer(name, guest, msgspec.convert(answer, Seated)))

    def _create_until_it_dies(self) -> None:
        """The same with rooms. One whose answer was lost may be there or not."""
        for _ in range(MOST_JOINS):
            try:
                self._new_rooms.add(self.mortal.create("ledger"))
            except NOT_THERE:
                return

    async def _create(self, game: str) -> str:
        room_id = await asyncio.to_thread(self.mortal.create, game)
        self.rooms.add(room_id)
        return room_id

    def _fork(self) -> Random:
        return Random(self.random.getrandbits(64))


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
