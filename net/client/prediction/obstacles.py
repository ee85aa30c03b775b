"""What stands in the way of predicted entities: others, still, at the place that is known newest.

Not moved on by their speed: others turn and stop as they like, and a body that was put where its player is not pushes ours away
from nothing. A static body also costs the least in a step.
"""

from dataclasses import replace

from ecs.components import Collide, Position, Scene
from ecs.rewind import Kept, Place
from net.client.entity import Entity
from net.client.prediction.engine import PredictedEngine
from net.client.prediction.truth import COLLIDE_FIELDS, Truth
from net.client.scene import Scene as ClientScene


class Obstacles:
    """The bodies of others in the world of the prediction, under the server's ids. Of the game's components they have those by
    which lag compensation knows what may be aimed at, as they were when they came."""

    def __init__(self, engine: PredictedEngine, truth: Truth) -> None:
        self._engine = engine
        self._truth = truth
        self._known: dict[int, None] = {}
        self._names = frozenset(of.__name__ for of in truth.aimed_at)

    def follow(self, scene: ClientScene, predicted: dict[int, None]) -> None:
        """Be where the scene says; `predicted` are the entities that are none."""
        here: dict[int, None] = {}
        for entity in scene:
            if entity.id in predicted:
                continue
            body = self._truth.body_of(entity)
            if body is not None and not body.swept:
                here[entity.id] = None
                self._put(entity, body)
        for gone in self._known.keys() - here.keys():
            if gone not in predicted and self._engine.world.exists(gone):
                self._engine.world.erase(gone)
        self._known = here

    def remember(self, scene: ClientScene) -> None:
        """A state has come: what rules ask of `world.seen_by` and `world.past`."""
        history = self._engine.world.history
        if history is None or scene.stale:
            return
        aimed_at = [entity for entity in scene if not self._names.isdisjoint(entity.components)]
        places = {entity.id: Place(entity.x, entity.y, entity.angle) for entity in aimed_at}
        history.keep(scene.snapshot_id, Kept(places, frozenset(entity.id for entity in aimed_at if entity.w)))

    def _put(self, entity: Entity, body: Collide) -> None:
        world = self._engine.world
        if entity.id in self._engine.predicted:
            self._engine.erase(entity.id)  # it was one of ours
        if not world.exists(entity.id):
            values = dict(zip(COLLIDE_FIELDS, self._truth.shape(entity, body), strict=True))
            shape = replace(body, **(values | {"body": "static", "rotates": False}))
            scene = Scene(entity.kind, entity.state, entity.owner)
            marks = self._truth.parts(entity, self._truth.aimed_at)
            world.place(entity.id, Position(entity.x, entity.y, entity.angle), shape, scene, *marks)
            return
        position, shape = world.get(entity.id, Position), world.get(entity.id, Collide)
        if position.x != entity.x or position.y != entity.y or position.angle != entity.angle:
            position.x, position.y, position.angle = entity.x, entity.y, entity.angle
        if abs(shape.w - entity.w) > self._truth.size_step or abs(shape.h - entity.h) > self._truth.size_step:
            shape.w, shape.h = entity.w, entity.h
        scene = world.get(entity.id, Scene)
        if scene.state != entity.state or scene.owner != entity.owner:
            scene.state, scene.owner = entity.state, entity.owner
