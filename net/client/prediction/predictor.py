"""The Predictor: own entities computed ahead of the server, and put right by it. No I/O, no clock: bundles in, `Predicted` out.

receive(bundle)   what the server says, kept until the next input
sent(bundle)      where the server now is, compared with what was predicted for that tick
                  -> beyond the tolerance: back to that tick, and all inputs since again -> the tick of this input
shown()           the predicted entities after it, blended
"""

from math import hypot
from typing import Any

from ecs.components import Collide, Position, Scene
from ecs.game import Game
from net.client.entity import Entity
from net.client.events import ClientEvent, GameEvent
from net.client.prediction.blend import Blend
from net.client.prediction.engine import Moment, PredictedEngine, Row
from net.client.prediction.events import ClientEventDispatcher
from net.client.prediction.hints import Hints
from net.client.prediction.inputs import ClientInputDispatcher
from net.client.prediction.obstacles import Obstacles
from net.client.prediction.predicted import Predicted, Shown, Statistics
from net.client.prediction.spawns import Spawns
from net.client.prediction.truth import Truth, distance
from net.client.replica import Replica
from net.client.scene import MOTION
from net.protocol import (
    Answer,
    Away,
    ClientBundle,
    Input,
    Playback,
    Pong,
    ServerBundle,
    Welcome,
)

AHEAD_SECONDS = 2.0
"""A client that is farther ahead of the newest state waits: the connection has stalled."""
MAX_AHEAD = 128
NOT_FOR_A_REPLICA = (Answer, Away, Playback, Pong)


class Predictor:
    """One player's prediction, through all connections to one room. Raises RemoteProtocolError, SystemFailed."""

    def __init__(self, game: Game, welcome: Welcome, replica: Replica | None = None) -> None:
        """`replica`: what the client knows of the room, where the client itself keeps it up to date; else bundles are read
        here, too. The game is sealed."""
        game.seal()
        self.game = game
        self.statistics = Statistics()
        self._welcome = welcome
        self._reads = replica is None
        self._replica = replica or Replica(welcome, interpolate=False)
        limits, player = game.prediction_limits, welcome.player
        self.engine = PredictedEngine(game, player, self._replica.map)
        """What computes; to be looked at."""
        self._truth = Truth(game, welcome.schema, player)
        self._obstacles = Obstacles(self.engine, self._truth)
        self._spawns = Spawns(self.engine, self._truth, self.statistics)
        self._hints = Hints(self.engine, self._truth)
        self._inputs = ClientInputDispatcher(self.engine.world.idle_input)
        self._events = ClientEventDispatcher(game, player)
        self._blend = Blend(limits.blend_ms, limits.snap, game.tick_rate)
        self._most_ahead = min(MAX_AHEAD, round(AHEAD_SECONDS * game.tick_rate))
        self._moments: dict[int, Moment] = {}
        self._own: dict[int, None] = {}
        """The entities of the server's that are computed ahead, by its ids."""
        self.state = -1
        """The tick of the newest state that is known; -1: none yet."""
        self._last_input = -1
        self._heard = False
        self._happened: list[tuple[str, list[Any]]] = []
        self._roster: object = None

    # In --------------------------------------------------------------------------------------------------------------

    def fits(self, welcome: Welcome) -> bool:
        """Whether a later welcome is of the same game."""
        return self._replica.fits(welcome)

    def welcomed(self, welcome: Welcome) -> None:
        """Another connection to the same room: what is predicted waits for its snapshot."""
        if self._reads:
            self._replica.welcomed_again(welcome)
        self._inputs.unheard(welcome.last_input)
        self.state = -1

    def receive(self, bundle: ServerBundle) -> None:
        """Take a bundle of the server's."""
        if self._reads:
            events: list[ClientEvent] = []
            for item in bundle.items:
                if not isinstance(item, NOT_FOR_A_REPLICA):
                    self._replica.take(item, events)
            self._replica.end_bundle(bundle.tick, 0.0)
            self.heard(events)
        self._last_input = bundle.last_input
        self._heard = True
        self._obstacles.remember(self._replica.scene)

    def heard(self, events: list[ClientEvent]) -> None:
        """What happened, as the rules of the next predicted tick are told."""
        for event in events:
            if isinstance(event, GameEvent):
                self._events.hear(event.name, event.body)

    def sent(self, bundle: ClientBundle) -> None:
        """Own inputs are on their way: compute up to the tick of this bundle. Inputs that are sent again are known."""
        for item in bundle.items:
            if isinstance(item, Input):
                self._inputs.enqueue(item)
        self._spawns.lost.clear()
        self._happened = []
        if self._heard:
            self._heard = False
            self.reconcile()
        if self.state <= bundle.tick < self.engine.world.tick:
            # the client's clock was set back: what was ahead of it never was
            self.compute_again(bundle.tick - self.state)
        if self.state >= 0 and self._replica.room_state.startswith("running"):
            self._advance(min(bundle.tick, self.state + self._most_ahead))

    # Out -------------------------------------------------------------------------------------------------------------

    def shown(self) -> Predicted:
        """The predicted entities after the last tick that was computed."""
        engine, statistics, scene = self.engine, self.statistics, self._replica.scene
        own = [entity for entity in engine.predicted if entity not in engine.neighbours]
        entities = [self._shown(entity) for entity in own if engine.is_shown(entity)]
        gone = [*self._spawns.hidden(), *(-key for key in self._spawns.lost)]
        gone += [
            entity for entity in self._own if entity not in engine.predicted and scene.get(entity) is not None
        ]
        return Predicted(
            engine.world.tick,
            self._last_input,
            entities,
            sorted(gone),
            statistics.error,
            statistics.corrected,
            statistics.pending,
            self._happened,
            statistics.hint,
        )

    @property
    def tick(self) -> int:
        """The last tick that was computed; below 0 before the first."""
        return self.engine.world.tick if self.state >= 0 else -1

    def compute_again(self, ticks: int | None = None) -> None:
        """Go back to the newest state and compute all ticks since again, as for a correction, which it does not count; or
        only so many of them: `compute_on` computes the next one."""
        scene = self._replica.scene
        mine = self._truth.predicted_of(scene)
        truths = {entity.id: self._truth.row(entity) for entity in mine}
        newest = self.engine.world.tick if ticks is None else self.state + ticks
        self._go_back(self.state, truths, self._moments.get(self.state), newest)

    def compute_on(self) -> None:
        """Compute the next tick."""
        self._step(self.engine.world.tick + 1, again=True)

    def copy(self) -> "Predictor | None":
        """Another prediction from the newest state, to try something out: it reads what this one is told and computes for itself.
        None where the room stands still, and where nothing is known of the player's own."""
        scene = self._replica.scene
        if (
            scene.stale
            or not self._truth.predicted_of(scene)
            or not self._replica.room_state.startswith("running")
        ):
            return None
        copy = Predictor(self.game, self._welcome, self._replica)
        copy._last_input = self._last_input
        copy._obstacles.remember(scene)
        copy.reconcile()
        return copy

    def close(self) -> None:
        """Free what it computes with."""
        self.engine.close()

    # Being put right -------------------------------------------------------------------------------------------------

    def reconcile(self) -> None:
        """Compare the newest state with what was predicted for its tick, and begin again from there where it is another."""
        scene = self._replica.scene
        if scene.stale or scene.snapshot_id < self.state:
            return
        self._seat_players()
        tick, anew = scene.snapshot_id, self.state < 0
        self.state = tick
        self.statistics.pending = self._inputs.acknowledge(self._last_input)
        moment = None if anew else self._moments.get(tick)
        mine = self._truth.predicted_of(scene)
        truths = {entity.id: self._truth.row(entity) for entity in mine}
        if anew:
            self._moments.clear()
        near = [entity for entity in mine if self._truth.is_neighbour(entity)]
        own = [entity for entity in mine if entity not in near] if near else mine
        wrong = self._spawns.follow(scene, tick, self._last_input, self._moments, self._own)
        pushed = False
        if moment is not None:
            wrong |= self._compare(own, truths, moment)
            pushed = self._are_elsewhere(near, truths, moment)
        self.engine.neighbours = {entity.id: None for entity in near}
        self._obstacles.follow(scene, {**dict.fromkeys(truths), **dict.fromkeys(self._spawns.local_of)})
        if wrong or pushed or moment is None:
            self._correct(tick, truths, moment, counts=wrong)
        else:
            self._tell_components(truths)
        self._own = {entity.id: None for entity in own}
        self._spawns.know(self._own)
        self._moments = {at: kept for at, kept in self._moments.items() if at >= tick}

    def _compare(self, mine: list[Entity], truths: dict[int, Row], moment: Moment) -> bool:
        """Whether an own entity is beyond its tolerance, or is no longer one."""
        statistics = self.statistics
        statistics.compared += 1
        wrong = any(entity in moment.rows and entity not in truths for entity in self._own)
        error, first_wrong = 0.0, ""
        for entity in mine:
            predicted = moment.rows.get(entity.id)
            if predicted is None or Position not in predicted:
                wrong = True
                continue
            truth = truths[entity.id]
            error = max(error, distance(truth, predicted))
            difference = self._truth.difference(truth, predicted, exact=MOTION in entity.exact)
            wrong |= difference != ""
            if difference and entity.owner == self.engine.player and self._is_ours(entity.id, moment):
                first_wrong = first_wrong or difference
        statistics.error = error
        statistics.hint = self._hints.compared(first_wrong)
        return wrong

    def _are_elsewhere(self, near: list[Entity], truths: dict[int, Row], moment: Moment) -> bool:
        """Whether a neighbour is not where it was taken to be, or is none any more."""
        if any(entity in moment.rows and entity not in truths for entity in self.engine.neighbours):
            return True
        rows = [(truths[entity.id], moment.rows.get(entity.id)) for entity in near]
        return any(
            row is None or Position not in row or self._truth.difference(truth, row, exact=False)
            for truth, row in rows
        )

    def _is_ours(self, entity: int, moment: Moment) -> bool:
        """Whether an error is no fault of the line's (the input came in time), nor of others (none touches the entity)."""
        pairs, _ = moment.touches
        return self._last_input >= moment.tick and not any(entity in pair for pair in pairs)

    def _correct(self, tick: int, truths: dict[int, Row], moment: Moment | None, *, counts: bool) -> None:
        """Go back to the server's state, and compute again all ticks since. What is left of the error is blended. It `counts` as
        a correction where an own entity was wrong."""
        engine, newest = self.engine, self.engine.world.tick
        before = {entity: self._place(entity) for entity in engine.predicted if engine.is_shown(entity)}
        keys = dict(engine.keys)
        self._go_back(tick, truths, moment, newest)
        never = [key for entity, key in keys.items() if entity not in engine.keys and entity in before]
        for key in never:
            self._spawns.mistaken(key)
        if moment is not None:
            self.statistics.corrected += counts
            self.statistics.replayed += max(0, newest - tick)
        for entity, (x, y) in before.items():
            if entity in engine.predicted and engine.is_shown(entity):
                self._hide(entity, x, y, own=entity in truths and truths[entity][Scene][2] == engine.player)

    def _go_back(self, tick: int, truths: dict[int, Row], moment: Moment | None, newest: int) -> None:
        """Own entities are what the server says of that tick, what they spawned is what it was; then all inputs since."""
        engine = self.engine
        newest = min(newest, tick + self._most_ahead)
        known = moment or Moment(tick, engine.world.next_entity, ({}, None), {})
        rows = {entity: row for entity, row in known.rows.items() if entity in engine.keys}
        for entity, truth in truths.items():
            rows[entity] = {**self._truth.kept(known.rows.get(entity, {})), **truth}
        engine.rewind(Moment(tick, known.next_entity, known.touches, rows))
        engine.settle(known.touches)
        self._inputs.rewind()
        self._moments = {tick: engine.remember()}
        for again in range(tick + 1, newest + 1):
            self._step(again, again=True)

    def _hide(self, entity: int, x: float, y: float, *, own: bool) -> None:
        """An entity was shown at (x, y) and is elsewhere."""
        position = self.engine.world.get(entity, Position)
        dx, dy = x - position.x, y - position.y
        hidden = self._blend.correct(entity, dx, dy)
        if own and hidden:
            self.statistics.sizes.append(hypot(dx, dy))
            self.statistics.largest = max(self.statistics.largest, hypot(dx, dy))
        elif own:
            self.statistics.snapped += 1

    def _tell_components(self, truths: dict[int, Row]) -> None:
        """What is not predicted of own entities is as the server says, at once."""
        world, declared = self.engine.world, self.game.components
        for entity, row in truths.items():
            if not world.exists(entity):
                continue  # predicted to be gone
            parts = world.parts_of(entity)
            gone = [of for of in parts if of not in row and self._truth.is_told(of)]
            for of in [of for of in gone if not declared[of.__name__].predicted]:
                world.remove(entity, of)
            for of, values in row.items():
                if not declared[of.__name__].predicted:
                    self.engine.write(entity, of, values)

    def _seat_players(self) -> None:
        """Rules know the players whom the roster names."""
        roster = self._replica.roster
        if roster is self._roster:
            return
        self._roster = roster
        seats = self.engine.world.seats
        for number in seats.numbers:
            seats.unseat(number)
        for record in roster:
            seats.seat(record.player, record.name)
            seats.of(record.player).team = record.team

    # Computing ahead -------------------------------------------------------------------------------------------------

    def _advance(self, tick: int) -> None:
        for each in range(self.engine.world.tick + 1, tick + 1):
            self._step(each, again=False)
            self._blend.tick()

    def _step(self, tick: int, *, again: bool) -> None:
        engine = self.engine
        heard = [] if again else self._events.take()
        deliveries = engine.step(tick, self._inputs.diff(tick), heard, again=again)
        self._moments[tick] = engine.remember()
        self._happened += self._events.collect(tick, deliveries)

    def _place(self, entity: int) -> tuple[float, float]:
        """Where an entity is shown."""
        position, (x, y) = self.engine.world.get(entity, Position), self._blend.offset(entity)
        return position.x + x, position.y + y

    def _shown(self, entity: int) -> Shown:
        engine = self.engine
        row, key = engine.row_of(entity), engine.keys.get(entity, self._spawns.adopted.get(entity))
        server = self._spawns.server_of.get(entity, entity)
        x, y, angle = row[Position]
        dx, dy = self._blend.offset(entity)
        components: dict[str, list[Any]] = {"Position": [x + dx, y + dy, angle]}
        for of, values in row.items():
            declared = self.game.components[of.__name__]
            if declared.predicted and of not in (Position, Collide, Scene):
                components[of.__name__] = list(values)
        if entity in engine.keys and server == entity:
            kind, state, owner, w, h, seen_by = row[Scene]
            body = engine.world.try_get(entity, Collide)
            components["Scene"] = [
                kind,
                state,
                owner,
                *((w, h) if body is None else (body.w, body.h)),
                seen_by,
            ]
            server = -engine.keys[entity]
        return server, components, key
