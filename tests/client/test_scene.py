"""Snapshots, diffs and private components become entities in world units."""

from math import pi
from typing import Any

import pytest
from msgspec.structs import replace

from net.client.events import EntityEntered, EntityLeft
from net.codec import ANGLE_LAYOUT, NUDGE_LAYOUT, POSITION_LAYOUTS, VELOCITY_LAYOUT
from net.errors import RemoteProtocolError
from net.protocol import Change, CloseReason, Diff, Private, Snapshot
from tests.client.scripted import SCHEMA, ScriptedServer, entity

POSITION = POSITION_LAYOUTS[16]


def test_a_snapshot_is_in_world_units(server: ScriptedServer) -> None:
    """Positions, speeds, sizes, angles and components are what the steps of the schema say."""
    client = server.play()
    record = entity(
        3, 70, x=80, y=160, vx=-4, vy=6, angle=0x4000, owner=1, state="idle", components=[(0, [9])]
    )
    events = server.snapshot(record)
    (seen,) = client.scene
    assert (seen.id, seen.kind, seen.owner, seen.state) == (70, "player", 1, "idle")
    assert (seen.x, seen.y, seen.vx, seen.vy) == (10.0, 20.0, -2.0, 3.0)
    assert (seen.w, seen.h) == (1.0, 2.0)
    assert seen.angle == pytest.approx(pi / 2)
    assert seen["Health"].value == 4.5 and "Health" in seen
    assert events[0] == EntityEntered(seen)
    assert client.scene.get(70) is seen
    assert client.scene.owned_by(1) == client.scene.of_kind("player") == [seen]


def test_a_diff_changes_what_it_names(server: ScriptedServer) -> None:
    """Left, entered, moved, velocities, angles and changed are applied, and the rest stays."""
    client = server.play()
    server.snapshot(entity(0, 10), entity(1, 11, x=4), entity(2, 12, x=8))
    first, second = client.scene.get(10), client.scene.get(11)
    assert first is not None and second is not None
    events = server.diff(
        left=[2],
        entered=[entity(2, 13, kind=1)],
        moved=server.column(POSITION, (0, 400, 800)),
        nudged=server.column(NUDGE_LAYOUT, (1, -4, 127)),
        velocities=server.column(VELOCITY_LAYOUT, (0, -2, 2)),
        angles=server.column(ANGLE_LAYOUT, (1, 0x8000)),
        changed=[
            Change(0, 0, [7]),
            Change(0, -1, [16, 32]),
            Change(0, -2, ["hurt"]),
            Change(1, -3, [5]),
        ],
    )
    assert (first.x, first.y, first.vx, first.vy) == (90.0, 180.0, -1.0, 1.0)
    assert (first.w, first.h, first.state, first["Health"].value) == (2.0, 4.0, "hurt", 3.5)
    assert (second.x, second.y, second.owner) == (-10.0, 11.75, 5) and second.angle == pytest.approx(pi)
    assert [type(event) for event in events[:2]] == [EntityLeft, EntityEntered]
    assert client.scene.get(12) is None
    third = client.scene.get(13)
    assert third is not None and third.kind == "wall"


def test_nudges_add_up_without_drift(server: ScriptedServer) -> None:
    """A thousand short ways in steps that are no power of two end where one long way would, to the last bit."""
    schema = replace(SCHEMA, steps=replace(SCHEMA.steps, position=0.1, origin_x=0.3))
    server.client.connect()
    server.send(server.welcome(schema=schema))
    server.snapshot(entity(0, 10, x=5, y=60_000))
    for _ in range(1_000):
        server.diff(nudged=server.column(NUDGE_LAYOUT, (0, 7, -3)))
    (seen,) = server.client.scene
    assert (seen.x, seen.y) == (0.3 + 7_005 * 0.1, -20.0 + 57_000 * 0.1)


def test_a_removed_component_is_gone(server: ScriptedServer) -> None:
    """A change without values takes the component away."""
    client = server.play()
    server.snapshot(entity(0, 10, components=[(0, [2])]))
    server.diff(changed=[Change(0, 0, None)])
    assert all("Health" not in seen for seen in client.scene)


def test_a_snapshot_replaces_all_but_keeps_the_objects_that_stay(server: ScriptedServer) -> None:
    """Who is not in the new snapshot has left; who is keeps its object, at another slot too."""
    client = server.play()
    server.snapshot(entity(0, 10), entity(1, 11))
    kept = client.scene.get(10)
    events = server.snapshot(entity(1, 10, x=80), entity(0, 12))
    assert kept is not None and client.scene.get(10) is kept
    assert (kept.slot, kept.x) == (1, 10.0)
    assert [type(event).__name__ for event in events] == ["EntityLeft", "EntityEntered", "Ticked"]
    assert {seen.id for seen in client.scene} == {10, 12}


def test_a_diff_on_another_base_is_not_applied_and_a_snapshot_is_asked_for(server: ScriptedServer) -> None:
    """Only the named base will do; until the snapshot comes, one request a second is sent and diffs are left out."""
    client = server.play()
    server.snapshot(entity(0, 10))
    moved = server.column(POSITION, (0, 400, 400))
    server.diff(base=7, moved=moved)
    server.diff(moved=moved)
    (seen,) = client.scene
    assert (client.scene.stale, seen.x) == (True, -10.0)
    resources = [
        item.resource
        for now in (1_000.0, 1_050.0, 1_900.0, 2_000.0)
        for item in server.said(now).items
        if hasattr(item, "resource")
    ]
    assert resources == ["snapshot", "snapshot"]
    server.snapshot(entity(0, 10, x=800))
    server.diff(velocities=server.column(VELOCITY_LAYOUT, (0, 2, 2)))
    assert (client.scene.stale, seen.x, seen.vx) == (False, 190.0, 1.0)


def test_private_components_are_the_owners_only_and_full_ones_replace(server: ScriptedServer) -> None:
    """Private ones stand beside the public ones; `full` forgets those that it does not name."""
    client = server.play()
    records = [entity(0, 10), entity(1, 11)]
    tick = server.tick + 1
    server.bundle(Snapshot(tick, records), Private(tick, True, [Change(0, 1, [12, "shell"])]))
    mine, other = client.scene.get(10), client.scene.get(11)
    assert mine is not None and other is not None
    assert (mine["Ammo"].left, mine["Ammo"].kind) == (12, "shell") and "Ammo" not in other
    server.bundle(Private(tick, True, [Change(1, 1, [3, "bolt"])]))
    assert other.private["Ammo"].left == 3 and not mine.private
    server.bundle(Private(tick, False, [Change(1, 1, None)]))
    assert not other.private


def test_private_components_of_a_state_that_is_not_held_are_left_out(server: ScriptedServer) -> None:
    """Their slots may be somebody else's by now."""
    client = server.play()
    server.snapshot(entity(0, 10))
    server.bundle(Private(server.tick + 5, True, [Change(0, 1, [12, "shell"])]))
    assert all(not seen.private for seen in client.scene)


@pytest.mark.parametrize(
    "fields",
    [
        {"left": [9]},
        {"entered": [entity(0, 99)]},
        {"entered": [entity(9, 10)]},
        {"entered": [entity(9, 99, kind=7)]},
        {"entered": [entity(9, 99, components=[(7, [1])])]},
        {"entered": [entity(9, 99, components=[(-1, [1])])]},
        {"moved": [9, 0, 0]},
        {"moved": b"12345"},
        {"moved": [0, 1]},
        {"moved": [0, 70_000, 0]},
        {"moved": [0, -1, 0]},
        {"nudged": [9, 0, 0]},
        {"nudged": [0, 128, 0]},
        {"nudged": b"123"},
        {"velocities": [9, 0, 0]},
        {"velocities": [0, 40_000, 0]},
        {"angles": [9, 0]},
        {"angles": b"1"},
        {"changed": [Change(9, 0, [1])]},
        {"changed": [Change(0, 2, [1])]},
        {"changed": [Change(0, -4, [1])]},
        {"changed": [Change(0, 0, ["full"])]},
        {"changed": [Change(0, 0, [1, 2])]},
        {"changed": [Change(0, -1, [1])]},
        {"changed": [Change(0, -1, [1.5, 2.5])]},
        {"changed": [Change(0, -1, None)]},
        {"changed": [Change(0, -2, [3])]},
        {"changed": [Change(0, -3, ["me"])]},
        {"changed": [Change(0, 9, None)]},
    ],
    ids=str,
)
def test_a_diff_that_cannot_be_is_the_servers_fault(server: ScriptedServer, fields: dict[str, Any]) -> None:
    """Unknown slots, kinds and components, columns that do not fit and values of the wrong type are refused."""
    server.play()
    server.snapshot(entity(0, 10))
    with pytest.raises(RemoteProtocolError) as caught:
        server.diff(**fields)
    assert caught.value.reason is CloseReason.MALFORMED


def test_two_states_in_one_bundle_are_the_servers_fault(server: ScriptedServer) -> None:
    """A tick has one state."""
    server.play()
    with pytest.raises(RemoteProtocolError, match="more than one state"):
        server.bundle(Snapshot(101, []), Diff(101, 101, [], [], b"", b"", b"", b"", []))


def test_positions_of_32_bits_have_wider_records(server: ScriptedServer) -> None:
    """`position_bits` of the schema is the width of the columns."""
    schema = replace(SCHEMA, steps=replace(SCHEMA.steps, position_bits=32))
    server.client.connect()
    server.send(server.welcome(schema=schema))
    server.snapshot(entity(0, 10))
    server.diff(moved=server.column(POSITION_LAYOUTS[32], (0, 1_000_000, 40)))
    (seen,) = server.client.scene
    assert (seen.x, seen.y) == (249_990.0, -10.0)
