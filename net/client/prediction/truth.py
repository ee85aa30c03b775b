"""What the server says of an own entity, as the rows of components that the rules know, and how far that is from a prediction."""

from collections.abc import Iterable
from dataclasses import fields
from math import hypot, pi, tau
from typing import Any

from ecs.components import Collide, Position, Scene, Velocity
from ecs.declare import PredictionDeclaration
from ecs.game import Game
from ecs.layout import NotPlain
from net.client.entity import Entity
from net.client.prediction.engine import Row
from net.client.scene import MOTION
from net.client.scene import Scene as ClientScene
from net.errors import RemoteProtocolError
from net.protocol import ANGLE_STEPS, CloseReason, GameSchema

STILL = (0.0, 0.0, 0.0)
COLLIDE_FIELDS = tuple(field.name for field in fields(Collide))


class Truth:
    """Reads entities of the scene. Raises RemoteProtocolError for what the game's components cannot be."""

    def __init__(self, game: Game, schema: GameSchema, player: int) -> None:
        self._game = game
        self._player = player
        self._limits: PredictionDeclaration = game.prediction_limits
        self.size_step = schema.steps.size
        self._exact = {each.name: each for each in game.exact_components()}
        self._predicted = {
            each.name for each in game.components.values() if each.predicted and not each.built_in
        }
        replicated = {component.name for component in schema.components}
        told = [
            each for each in game.components.values() if each.name in replicated or each.name in self._exact
        ]
        rewind = game.rewind
        self.aimed_at: tuple[type, ...] = () if rewind is None else rewind.types
        """The components by which lag compensation knows what may be hit: bodies of others have these alone of the game's."""
        self._aimed_at = frozenset(of.__name__ for of in self.aimed_at)
        self._told: set[type] = {Position, Velocity, Collide, Scene, *(each.type for each in told)}
        self._tolerances: dict[type, tuple[float, ...]] = {
            each.type: tuple([each.tolerance.get(name, 0.0) for name in each.layout.names])
            for each in told
            if each.predicted
        }
        self._tolerances[Scene] = (0.0, 0.0, 0.0)  # kind, state, owner: the rest is not told
        self._tolerances[Collide] = (0.0,) * len(COLLIDE_FIELDS)
        limits, steps = self._limits, schema.steps
        rough = max(limits.position, 2 * steps.position), max(limits.velocity, 2 * steps.velocity)
        self._motion = {
            True: (limits.position, limits.velocity, limits.angle),
            False: (*rough, max(limits.angle, 2 * tau / ANGLE_STEPS)),
        }

    def predicted_of(self, scene: ClientScene) -> list[Entity]:
        """The entities of a scene that this client computes ahead, neighbours after its own."""
        player, kinds = self._player, self._limits.kinds
        likely = [entity for entity in scene if entity.owner == player or entity.kind in kinds]
        predicted = [entity for entity in likely if self.is_predicted(entity)]
        return [*predicted, *self._neighbours_of(predicted, scene)] if self._limits.neighbours else predicted

    def _neighbours_of(self, predicted: list[Entity], scene: ClientScene) -> list[Entity]:
        own = [entity for entity in predicted if entity.owner == self._player]
        kinds = self._limits.neighbours
        likely = [entity for entity in scene if entity.kind in kinds]
        return [entity for entity in likely if self.is_neighbour(entity) and self._is_near(entity, own)]

    def is_neighbour(self, entity: Entity) -> bool:
        """Whether it is computed along where it is near: another's, of a kind that the game names, with a body."""
        limits = self._limits
        is_named = entity.kind in limits.neighbours and entity.kind not in limits.kinds
        return is_named and entity.owner != self._player and entity.w > 0.0

    def _is_near(self, entity: Entity, own: list[Entity]) -> bool:
        near = self._limits.neighbours[entity.kind]
        return any(hypot(entity.x - mine.x, entity.y - mine.y) <= near for mine in own)

    def is_predicted(self, entity: Entity) -> bool:
        """Whether this client computes it ahead: its own with a predicted component, or of a kind that everybody predicts."""
        if entity.kind in self._limits.kinds:
            return True
        if entity.owner != self._player:
            return False
        known = self._predicted
        return (
            bool(entity.exact)
            or not known.isdisjoint(entity.private)
            or not known.isdisjoint(entity.components)
        )

    def is_told(self, of: type) -> bool:
        """Whether the server tells such components."""
        return of in self._told

    def body_of(self, entity: Entity) -> Collide | None:
        """What an entity of another's is in physics, or None: it has no body, or one that nobody declared."""
        body = self._limits.bodies.get(entity.kind)
        return None if body is None or not entity.w else body

    def row(self, entity: Entity) -> Row:
        """The components of an own entity, in full; of a neighbour what makes it a body, so that no rule of players finds it."""
        motion = entity.exact.get(MOTION)
        x, y, angle, vx, vy, spin = motion or (entity.x, entity.y, entity.angle, entity.vx, entity.vy, 0.0)
        row: Row = {
            Position: (x, y, angle),
            Velocity: (vx, vy, spin),
            Scene: (entity.kind, entity.state, entity.owner, entity.w, entity.h, "near"),
        }
        if entity.w:
            row[Collide] = self.shape(entity, self._limits.bodies.get(entity.kind))
        is_neighbour = self.is_neighbour(entity)
        for name, record in (*entity.components.items(), *entity.private.items()):
            if is_neighbour and name not in self._aimed_at:
                continue
            declared = self._game.components.get(name)
            if declared is not None:
                row[declared.type] = tuple([getattr(record, field) for field in declared.layout.names])
        for name, values in entity.exact.items():
            if name in self._exact:
                row[self._exact[name].type] = self._exact_values(name, values)
        return row

    def parts(self, entity: Entity, types: Iterable[type[Any]]) -> list[Any]:
        """New components of these types, as far as the entity is told to have them."""
        parts = []
        for of in types:
            record = entity.components.get(of.__name__)
            if record is not None:
                names = self._game.components[of.__name__].layout.names
                parts.append(of(**{name: getattr(record, name) for name in names}))
        return parts

    def shape(self, entity: Entity, body: Collide | None) -> tuple[Any, ...]:
        """The fields of its Collide: the declared body, with the size that it has now where that is another."""
        if body is None:
            body = Collide(self._game.kinds[entity.kind].shape, entity.w, entity.h)
        values = {name: getattr(body, name) for name in COLLIDE_FIELDS}
        for name, told in (("w", entity.w), ("h", entity.h)):
            if abs(values[name] - told) > self.size_step / 2:
                values[name] = told
        return tuple(values.values())

    def difference(self, truth: Row, predicted: Row, *, exact: bool) -> str:
        """In what a prediction is beyond its tolerance: its motion, or the name of a component; "" where it is not. Components
        that the server never tells are left out."""
        if self.is_elsewhere(truth, predicted, exact=exact):
            return "motion"
        for of, tolerances in self._tolerances.items():
            told, ours = truth.get(of), predicted.get(of)
            if told == ours:
                continue
            if told is None or ours is None or any(map(_is_off, told, ours, tolerances)):
                return of.__name__
        return ""

    def is_elsewhere(self, truth: Row, predicted: Row, *, exact: bool) -> bool:
        """Whether place or speed are beyond what is let pass, or beyond two of the steps in which they were told."""
        x, y, angle = truth[Position]
        vx, vy, spin = truth.get(Velocity, STILL)
        at_x, at_y, at_angle = predicted[Position]
        of_x, of_y, of_spin = predicted.get(Velocity, STILL)
        position, velocity, turned = self._motion[exact]
        return not (
            abs(x - at_x) <= position and abs(y - at_y) <= position
            and abs(vx - of_x) <= velocity and abs(vy - of_y) <= velocity
            and abs((angle - at_angle + pi) % tau - pi) <= turned
            and (not exact or abs(spin - of_spin) <= turned)
        )  # fmt: skip

    def kept(self, row: Row) -> Row:
        """Of a predicted row what the server never tells."""
        return {of: values for of, values in row.items() if of not in self._told}

    def _exact_values(self, name: str, values: list[Any]) -> tuple[Any, ...]:
        layout = self._exact[name].layout
        try:
            return tuple(layout.row(layout.build(values)))
        except NotPlain as error:
            sentence = f"An exact component could not be read: {error}"[:120]
            raise RemoteProtocolError(CloseReason.MALFORMED, sentence) from error


def _is_off(told: Any, ours: Any, tolerance: float) -> bool:
    if tolerance and isinstance(told, int | float) and isinstance(ours, int | float):
        return not abs(told - ours) <= tolerance
    return bool(told != ours)


def distance(truth: Row, predicted: Row) -> float:
    """How far apart two rows place their entity."""
    (x, y, *_), (other_x, other_y, *_) = truth[Position], predicted[Position]
    return hypot(x - other_x, y - other_y)
