"""The scene: the SceneEntities that the server shows this client, kept by snapshots and diffs.

A diff is applied only on the snapshot that it names as its base; where that is not what the scene holds, the scene is
`stale` until the next snapshot, and what comes in between is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite, tau
from typing import Any

from net.client.columns import records
from net.client.entity import Entity
from net.client.schema import GameDecoder
from net.codec import ANGLE_LAYOUT, NUDGE_LAYOUT, VELOCITY_LAYOUT
from net.errors import RemoteProtocolError
from net.protocol import (
    ANGLE_STEPS,
    EXACT_COMPONENT,
    EXACT_MOTION,
    Change,
    CloseReason,
    Diff,
    EntityRecord,
    Private,
    Snapshot,
)

RADIANS_PER_STEP = tau / ANGLE_STEPS
SIZE, STATE, OWNER = -1, -2, -3
"""The indices of a `Change` that are no component."""
MOTION, MOTION_FIELDS = "", 6
"""The exact motion in `Entity.exact`, and how many numbers it has."""


@dataclass(slots=True)
class SceneChange:
    """What a snapshot or a diff did. `moved` are the entities whose position or angle is new."""

    snapshot: bool
    entered: list[Entity] = field(default_factory=list)
    left: list[Entity] = field(default_factory=list)
    moved: list[Entity] = field(default_factory=list)


class Scene:
    """All entities that this client sees, by slot and by id."""

    def __init__(self, decoder: GameDecoder) -> None:
        self._decoder = decoder
        self._steps = decoder.schema.steps
        self._by_slot: dict[int, Entity] = {}
        self._by_id: dict[int, Entity] = {}
        self.snapshot_id = -1
        """The tick of the snapshot or diff that was applied last."""
        self.stale = True
        """Whether a snapshot is needed before anything else can be applied."""

    def __len__(self) -> int:
        return len(self._by_slot)

    def __iter__(self) -> Iterator[Entity]:
        return iter(self._by_slot.values())

    def get(self, entity_id: int) -> Entity | None:
        """The entity of this id, while it is seen."""
        return self._by_id.get(entity_id)

    def of_kind(self, kind: str) -> list[Entity]:
        """All seen entities of this kind."""
        return [entity for entity in self if entity.kind == kind]

    def owned_by(self, player: int) -> list[Entity]:
        """All seen entities of this player."""
        return [entity for entity in self if entity.owner == player]

    def apply_snapshot(self, snapshot: Snapshot) -> SceneChange:
        """Replace all that is known; an entity that stays keeps its object. Raises RemoteProtocolError."""
        before = self._by_id
        self._by_slot, self._by_id = {}, {}
        change = SceneChange(snapshot=True)
        for record in snapshot.entities:
            known = before.get(record.id)
            entity = self._enter(record, known)
            (change.entered if known is None else change.moved).append(entity)
        change.left = [entity for entity in before.values() if entity.id not in self._by_id]
        self.snapshot_id = snapshot.snapshot_id
        self.stale = False
        return change

    def apply_diff(self, diff: Diff) -> SceneChange | None:
        """Apply what changed since `diff.base`, or None where the scene does not hold it. Raises RemoteProtocolError."""
        if self.stale or diff.base != self.snapshot_id:
            self.stale = True
            return None
        change = SceneChange(snapshot=False)
        change.left = [self._leave(slot) for slot in diff.left]
        change.entered = [self._enter(record, None) for record in diff.entered]
        self._move(diff, change)
        for changed in diff.changed:
            self._change(changed)
        self.snapshot_id = diff.snapshot_id
        return change

    def apply_private(self, private: Private) -> None:
        """Apply components that only this client may see; those of a scene that it does not hold are left out."""
        if self.stale or private.snapshot_id != self.snapshot_id:
            return
        if private.full:
            for entity in self:
                entity.private, entity.exact = {}, {}
        for change in private.changed:
            entity = self._at(change.slot)
            if change.component <= EXACT_MOTION:
                _set_exact(entity.exact, change)
            else:
                self._set(entity.private, change)

    def _move(self, diff: Diff, change: SceneChange) -> None:
        steps = self._steps
        origin_x, origin_y, step = steps.origin_x, steps.origin_y, steps.position
        moved = {}
        for slot, qx, qy in records(diff.moved, self._decoder.position_layout):
            entity = moved[slot] = self._at(slot)
            entity.x = origin_x + qx * step
            entity.y = origin_y + qy * step
        for slot, dx, dy in records(diff.nudged, NUDGE_LAYOUT):
            entity = moved[slot] = self._at(slot)
            # through the integers, as adding steps that are no power of two would drift
            entity.x = origin_x + (round((entity.x - origin_x) / step) + dx) * step
            entity.y = origin_y + (round((entity.y - origin_y) / step) + dy) * step
        for slot, qvx, qvy in records(diff.velocities, VELOCITY_LAYOUT):
            entity = self._at(slot)
            entity.vx = qvx * steps.velocity
            entity.vy = qvy * steps.velocity
        for slot, angle in records(diff.angles, ANGLE_LAYOUT):
            entity = moved[slot] = self._at(slot)
            entity.angle = angle * RADIANS_PER_STEP
        change.moved = list(moved.values())

    def _change(self, change: Change) -> None:
        entity = self._at(change.slot)
        if change.component >= 0:
            self._set(entity.components, change)
        elif change.component == SIZE:
            w, h = _integers(change, 2)
            entity.w, entity.h = w * self._steps.size, h * self._steps.size
        elif change.component == STATE:
            entity.state = _text(change)
        elif change.component == OWNER:
            (entity.owner,) = _integers(change, 1)
        else:
            raise _malformed(f"There is no component {change.component}")

    def _set(self, components: dict[str, Any], change: Change) -> None:
        if change.values is None:
            components.pop(self._decoder.component_name(change.component), None)
        else:
            name, values = self._decoder.component(change.component, change.values)
            components[name] = values

    def _at(self, slot: int) -> Entity:
        try:
            return self._by_slot[slot]
        except KeyError:
            raise _malformed(f"There is no entity in slot {slot}") from None

    def _leave(self, slot: int) -> Entity:
        entity = self._at(slot)
        del self._by_slot[slot]
        del self._by_id[entity.id]
        return entity

    def _enter(self, record: EntityRecord, known: Entity | None) -> Entity:
        if record.slot in self._by_slot or record.id in self._by_id:
            raise _malformed(f"The entity {record.id} in slot {record.slot} is there already")
        entity = self._decoded(record)
        if known is not None:
            _overwrite(known, entity)
            entity = known
        self._by_slot[entity.slot] = entity
        self._by_id[entity.id] = entity
        return entity

    def _decoded(self, record: EntityRecord) -> Entity:
        steps = self._steps
        return Entity(
            slot=record.slot,
            id=record.id,
            kind=self._decoder.kind(record.kind),
            owner=record.owner,
            x=steps.origin_x + record.x * steps.position,
            y=steps.origin_y + record.y * steps.position,
            vx=record.vx * steps.velocity,
            vy=record.vy * steps.velocity,
            w=record.w * steps.size,
            h=record.h * steps.size,
            angle=record.angle * RADIANS_PER_STEP,
            state=record.state,
            components=dict(self._decoder.component(index, values) for index, values in record.components),
        )


def _set_exact(exact: dict[str, list[Any]], change: Change) -> None:
    """The fields of a component, by its name, which is alone when the component is gone; or the motion, where null is what it
    was, and which is told exactly no more when all of it is null."""
    values = change.values or []
    if change.component == EXACT_COMPONENT:
        match values:
            case [str(name)] if name:
                exact.pop(name, None)
            case [str(name), list(fields)] if name:
                exact[name] = fields
            case _:
                raise _malformed("An exact component has a name and fields")
        return
    if change.component == EXACT_MOTION and change.values is None:
        exact.pop(MOTION, None)
        return
    known = exact.get(MOTION) or [None] * MOTION_FIELDS
    motion = [old if new is None else new for new, old in zip(values, known, strict=False)]
    numbers = all(type(each) in (int, float) and isfinite(each) for each in motion)
    if change.component != EXACT_MOTION or len(values) != MOTION_FIELDS or not numbers:
        raise _malformed("An exact motion has six numbers")
    exact[MOTION] = motion


def _overwrite(known: Entity, new: Entity) -> None:
    for name in Entity.__slots__:
        setattr(known, name, getattr(new, name))


def _integers(change: Change, count: int) -> list[int]:
    values = change.values or []
    if len(values) != count or not all(type(value) is int and abs(value) <= 2**53 for value in values):
        raise _malformed(f"A change of {change.component} has {count} integers")
    return values


def _text(change: Change) -> str:
    match change.values:
        case [str(text)]:
            return text
    raise _malformed("A change of state has one text")


def _malformed(sentence: str) -> RemoteProtocolError:
    return RemoteProtocolError(CloseReason.MALFORMED, f"{sentence}."[:120])
