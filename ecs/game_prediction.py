"""The part of the Game API that says how clients predict."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace

from ecs import validate
from ecs.components import Collide
from ecs.declare import ComponentDeclaration, Kind, LagCompensation, PredictionDeclaration
from ecs.declares import Declares
from ecs.errors import GameError

SNAP_PART = 1 / 20
"""Of the world's longer side: errors beyond it are shown at once, where the game does not say how far."""


class DeclaresPrediction(Declares):
    """What `Game` knows of prediction."""

    width: float
    height: float
    position_step: float
    velocity_step: float
    kinds: dict[str, Kind]
    components: dict[str, ComponentDeclaration]
    predicts: PredictionDeclaration | None = None
    rewind: LagCompensation | None

    def prediction(
        self,
        *,
        bodies: Mapping[str, Collide] | None = None,
        kinds: Iterable[str] = (),
        neighbours: Mapping[str, float] | None = None,
        blend_ms: float = 100.0,
        snap: float | None = None,
        position: float | None = None,
        velocity: float | None = None,
        angle: float = 1e-3,
    ) -> None:
        """Declare how a player's client computes ahead what is its own: with the systems that are `predicted`.

        `bodies`: kind -> what entities of that kind are in physics, so that a client knows what it bumps into; kinds
        that are not named are no obstacles. `kinds`: what everybody's client computes ahead besides its own. `neighbours`:
        kind -> how near to an own entity (world units) one of others is computed along, to be pushed and to push; it is
        drawn as the server tells it.
        Errors up to `position` units, `velocity` units a second and `angle` radians are let pass (default: a step in which
        they travel); what is corrected is blended over `blend_ms`, beyond `snap` units shown at once. Raises GameError.
        """
        self.check_open()
        if self.predicts is not None:
            validate.refuse("game.prediction is declared twice")
        validate.check_number(blend_ms, "blend_ms", 0.0, 10_000.0)
        far = max(self.width, self.height) * SNAP_PART if snap is None else snap
        file, line = validate.where_called()
        self.predicts = PredictionDeclaration(
            {name: _body(name, body) for name, body in (bodies or {}).items()},
            frozenset(kinds),
            {kind: _limit(near, f"neighbours[{kind!r}]") for kind, near in (neighbours or {}).items()},
            float(blend_ms),
            _limit(far, "snap"),
            _limit(self.position_step if position is None else position, "position"),
            _limit(self.velocity_step if velocity is None else velocity, "velocity"),
            _limit(angle, "angle"),
            file,
            line,
        )

    def check_prediction(self) -> None:
        """Raises GameError for a kind that is not declared, and for neighbours that predicted rules would take for own."""
        declared = self.prediction_limits
        for kind in sorted({*declared.bodies, *declared.kinds, *declared.neighbours}):
            if kind not in self.kinds:
                problem = f"game.prediction names the kind {kind!r}; the game has {list(self.kinds)}"
                raise GameError(problem, declared.file, declared.line)
        if declared.neighbours and self.rewind is not None:
            self._check_marks(self.rewind, declared)

    def _check_marks(self, rewind: LagCompensation, declared: PredictionDeclaration) -> None:
        """Neighbours have the components by which lag compensation knows them, and predicted rules go by predicted ones."""
        for mark in [self.components[of.__name__] for of in rewind.types]:
            if mark.predicted and not mark.built_in:
                problem = (
                    f"game.lag_compensation names {mark.name}, which is predicted: with it, predicted rules would take the "
                    "neighbours of game.prediction for own entities. Name a component that is not predicted there"
                )
                raise GameError(problem, declared.file, declared.line)

    @property
    def prediction_limits(self) -> PredictionDeclaration:
        """What was declared, or what holds for a game that declares nothing: no obstacles but tiles."""
        if self.predicts is not None:
            return self.predicts
        far = max(self.width, self.height) * SNAP_PART
        return PredictionDeclaration(
            {}, frozenset(), {}, 100.0, far, self.position_step, self.velocity_step, 1e-3
        )

    def exact_components(self) -> list[ComponentDeclaration]:
        """The predicted components whose exact values an owner gets in no other way: sent to nobody, or in steps. By name."""
        declared = sorted(self.components.values(), key=lambda each: each.name)
        own = [each for each in declared if each.predicted and not each.built_in]
        return [each for each in own if each.replicate is None or each.quantise]

    def prediction_schema(self) -> list[str]:
        """What the fingerprint covers of it."""
        declared = self.predicts
        if declared is None:
            return []
        names = [field.name for field in fields(Collide)]
        lines = [
            f"body {kind} {[getattr(body, name) for name in names]}"
            for kind, body in sorted(declared.bodies.items())
        ]
        limits = (declared.snap, declared.position, declared.velocity, declared.angle)
        others = f"{sorted(declared.kinds)} {sorted(declared.neighbours.items())}"
        return [*lines, f"prediction {others} {declared.blend_ms!r} {limits!r}"]


def _body(kind: str, body: Collide) -> Collide:
    if not isinstance(body, Collide):
        validate.refuse(f"a body is a Collide; that of {kind!r} is {body!r}")
    return replace(body)


def _limit(value: float, what: str) -> float:
    validate.check_number(value, what, 0.0, 1e9)
    return float(value)
