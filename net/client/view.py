"""The interpolated view: where to draw each entity now, a little in the past, between two states that were sent.

The view lags 2 send intervals plus four mean deviations of the bundles' arrival behind the newest state (the deviation
is kept as TCP keeps that of the round trip, RFC 6298), so that a late bundle does not stop the picture. It never
extrapolates.
"""

from collections import deque
from dataclasses import dataclass
from math import hypot, inf, pi, tau

from net.client.entity import Entity
from net.client.scene import SceneChange

BUFFERED_INTERVALS = 2.0
MAX_DELAY = 1_000.0
"""ms. A picture older than this is worse than one that stutters."""
SNAP = 500.0
"""ms. When the server's ticks are this far from where they were expected (a pause), the clock starts anew."""
SMOOTHING = 16
KEPT_SAMPLES = 160
"""More than MAX_DELAY holds at 128 Hz."""
JUMP_PART = 1 / 10
"""Of the world's longer side: who is farther in the next state was moved there at once, and is drawn nowhere in between."""
REST_TICKS = 4
"""An entity that was not heard of for longer stood still until the state before the new one."""


@dataclass(slots=True, frozen=True)
class Pose:
    """Where an entity is to be drawn: world units and radians."""

    entity: Entity
    x: float
    y: float
    angle: float


@dataclass(slots=True)
class _Track:
    """The known states of one entity as (tick, x, y, angle), oldest first."""

    entity: Entity
    samples: deque[tuple[float, float, float, float]]
    enters_at: float = -1.0
    """The tick in which it came; it is not drawn before the view gets there, unless it was there from the start."""
    left_at: float | None = None
    """The tick in which it left; it is drawn until the view gets there."""


class PlaybackClock:
    """Turns the client's time into the tick to draw, from the arrival of the server's ticks."""

    def __init__(self, tick_rate: int) -> None:
        self.interval = 1000.0 / tick_rate
        self.newest = -1
        self.jitter = 0.0
        """The mean deviation of the arrivals (ms)."""
        self.send_interval = 1.0
        """Ticks from one state to the next, smoothed: more than 1 where the server sends some clients less."""
        self._offset: float | None = None
        self.drawn = -1.0
        """The tick that was drawn last, with its fraction; -1: none yet."""

    @property
    def delay(self) -> float:
        """How far behind the newest state the view is (ms)."""
        return min(MAX_DELAY, BUFFERED_INTERVALS * self.send_interval * self.interval + 4.0 * self.jitter)

    def heard(self, tick: int, now: float) -> None:
        """The state of this tick has come. One that comes again is that of a room that stands still, and says no time."""
        if tick == self.newest:
            return
        offset = tick * self.interval - now
        error = 0.0 if self._offset is None else offset - self._offset
        if self._offset is None or abs(error) > SNAP:
            self._offset = offset
        else:
            self._offset += error / SMOOTHING
            self.jitter += (abs(error) - self.jitter) / SMOOTHING
        if tick > self.newest >= 0:
            self.send_interval += (min(tick - self.newest, REST_TICKS) - self.send_interval) / SMOOTHING
        self.newest = tick

    def tick_to_draw(self, now: float) -> float:
        """The tick to draw at `now`, with its fraction; never beyond the newest state, and never back."""
        if self._offset is None:
            return -1.0
        wanted = (now + self._offset - self.delay) / self.interval
        self.drawn = min(float(self.newest), max(self.drawn, wanted))
        return self.drawn


class InterpolatedView:
    """Remembers the last second of a scene and interpolates in it."""

    def __init__(self, tick_rate: int, jump: float = inf) -> None:
        """Between states that are farther apart than `jump` (world units) nothing is interpolated."""
        self.clock = PlaybackClock(tick_rate)
        self._jump = jump
        self._tracks: dict[int, _Track] = {}

    def record(self, change: SceneChange | None, tick: int, now: float) -> None:
        """Take in what the bundle of `tick` changed; None where it had no state."""
        before = self.clock.newest
        self.clock.heard(tick, now)
        if change is None:
            return
        for entity in change.left:
            self._leave(entity, tick)
        for entity in change.entered:
            enters_at = -1.0 if change.snapshot else float(tick)
            self._tracks[entity.id] = _Track(entity, deque([_sample(entity, tick)], KEPT_SAMPLES), enters_at)
        for entity in change.moved:
            self._move(self._tracks[entity.id], tick, before)

    def poses(self, now: float) -> list[Pose]:
        """Every entity to be drawn at the client's time `now` (ms), in no order."""
        at = self.clock.tick_to_draw(now)
        poses = []
        for track in list(self._tracks.values()):
            if track.left_at is not None and track.left_at <= at:
                del self._tracks[track.entity.id]
            elif track.enters_at <= at:
                poses.append(_pose(track, at, self._jump))
        return poses

    def _leave(self, entity: Entity, tick: int) -> None:
        self._tracks[entity.id].left_at = tick

    def _move(self, track: _Track, tick: int, before: int) -> None:
        last = track.samples[-1]
        if tick - last[0] > REST_TICKS:
            track.samples.append((float(before), *last[1:]))
        track.samples.append(_sample(track.entity, tick))


def _sample(entity: Entity, tick: int) -> tuple[float, float, float, float]:
    return (float(tick), entity.x, entity.y, entity.angle)


def _pose(track: _Track, at: float, jump: float) -> Pose:
    samples = track.samples
    while len(samples) > 1 and samples[1][0] <= at:
        samples.popleft()
    first = samples[0]
    second = samples[1] if len(samples) > 1 else first
    if at <= first[0] or second is first or hypot(second[1] - first[1], second[2] - first[2]) > jump:
        return Pose(track.entity, first[1], first[2], first[3])
    part = (at - first[0]) / (second[0] - first[0])
    return Pose(
        track.entity,
        first[1] + (second[1] - first[1]) * part,
        first[2] + (second[2] - first[2]) * part,
        (first[3] + turn(first[3], second[3]) * part) % tau,
    )


def turn(start: float, end: float) -> float:
    """The shorter way from one angle to another (radians, -pi to pi)."""
    return (end - start + pi) % tau - pi
