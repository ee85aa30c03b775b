"""A client's scene, written from docs/protocol.md alone: an oracle for the server's diffs, independent of net/client."""

from dataclasses import dataclass, field
from struct import iter_unpack
from typing import Any

from net.protocol import Diff, EntityRecord, GameSchema, Packed, Private, ServerBundle, Snapshot


@dataclass
class Seen:
    """One SceneEntity as a client knows it, in world units."""

    id: int
    kind: str
    owner: int
    x: float
    y: float
    vx: float
    vy: float
    angle: int
    w: float
    h: float
    state: str
    components: dict[str, Any] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)


class ClientScene:
    """Applies the state items of bundles."""

    def __init__(self, schema: GameSchema) -> None:
        self.schema = schema
        self.snapshot_id = -1
        self.entities: dict[int, Seen] = {}

    def apply(self, bundle: ServerBundle) -> None:
        """Apply a bundle's state items. Asserts that every diff names the base that is held."""
        for item in bundle.items:
            if isinstance(item, Snapshot):
                self.entities = {record.slot: self.seen(record) for record in item.entities}
                self.snapshot_id = item.snapshot_id
            elif isinstance(item, Diff):
                assert item.base == self.snapshot_id, "a diff on a base that the client does not hold"
                self.apply_diff(item)
            elif isinstance(item, Private):
                assert item.snapshot_id == self.snapshot_id
                self.apply_private(item)

    def owned_by(self, player: int) -> Seen:
        """The one entity of a player."""
        (found,) = [entity for entity in self.entities.values() if entity.owner == player]
        return found

    def same_as(self, other: "ClientScene") -> bool:
        """Whether both know the same entities, private components aside."""
        return self.public() == other.public()

    def public(self) -> dict[int, Any]:
        """What everybody may know, by slot."""
        return {
            slot: (
                seen.id, seen.kind, seen.owner, seen.x, seen.y, seen.vx, seen.vy, seen.angle, seen.w, seen.h, seen.state,
                {name: values for name, values in seen.components.items() if name not in seen.private},
            )
            for slot, seen in self.entities.items()
        }  # fmt: skip

    def seen(self, record: EntityRecord) -> Seen:
        """A full record in world units."""
        steps = self.schema.steps
        return Seen(
            record.id,
            self.schema.kinds[record.kind].name,
            record.owner,
            record.x * steps.position,
            record.y * steps.position,
            record.vx * steps.velocity,
            record.vy * steps.velocity,
            record.angle,
            record.w * steps.size,
            record.h * steps.size,
            record.state,
            {self.schema.components[place].name: values for place, values in record.components},
        )

    def apply_diff(self, diff: Diff) -> None:
        """left, entered, moved, nudged, velocities, angles, changed: in this order."""
        steps = self.schema.steps
        for slot in diff.left:
            del self.entities[slot]
        for record in diff.entered:
            assert record.slot not in self.entities
            self.entities[record.slot] = self.seen(record)
        for slot, x, y in records(diff.moved, "<HHH" if steps.position_bits == 16 else "<HII"):
            self.entities[slot].x, self.entities[slot].y = x * steps.position, y * steps.position
        for slot, dx, dy in records(diff.nudged, "<Hbb"):
            seen = self.entities[slot]
            seen.x, seen.y = seen.x + dx * steps.position, seen.y + dy * steps.position
        for slot, vx, vy in records(diff.velocities, "<Hhh"):
            self.entities[slot].vx, self.entities[slot].vy = vx * steps.velocity, vy * steps.velocity
        for slot, angle in records(diff.angles, "<HH"):
            self.entities[slot].angle = angle
        for change in diff.changed:
            self.change(self.entities[change.slot], change.component, change.values)
        self.snapshot_id = diff.snapshot_id

    def apply_private(self, private: Private) -> None:
        """Private components: all of them anew, or changes."""
        if private.full:
            for seen in self.entities.values():
                for name in seen.private:
                    del seen.components[name]
                seen.private = set()
        for change in private.changed:
            seen = self.entities[change.slot]
            name = self.schema.components[change.component].name
            self.change(seen, change.component, change.values)
            seen.private.discard(name) if change.values is None else seen.private.add(name)

    def change(self, seen: Seen, component: int, values: list[Any] | None) -> None:
        """One `Change`."""
        if component == -1:
            assert values is not None
            seen.w, seen.h = (value * self.schema.steps.size for value in values)
        elif component == -2:
            assert values is not None
            (seen.state,) = values
        elif component == -3:
            assert values is not None
            (seen.owner,) = values
        elif values is None:
            del seen.components[self.schema.components[component].name]
        else:
            seen.components[self.schema.components[component].name] = values


def records(column: Packed, layout: str) -> list[tuple[int, ...]]:
    """The records of a packed column in either codec."""
    if isinstance(column, bytes):
        return list(iter_unpack(layout, column))
    width = len(layout) - 1
    return [tuple(column[place : place + width]) for place in range(0, len(column), width)]
