"""Questions about players."""

from tickroom import World

from .components import Body, Fog, Realm, Structure, Trainer
from .tables import HALL, KINDS, MAX_UNITS


def realm_of(world: World, player: int) -> tuple[int, Realm] | None:
    """A player's entity and realm, or None for whoever is not in the match."""
    return next(((entity, realm) for entity, realm in world.query(Realm) if realm.player == player), None)


def teams(world: World) -> dict[int, int]:
    """Player -> team."""
    return {realm.player: realm.team for _, realm in world.query(Realm)}


def supply(world: World, player: int) -> tuple[int, int]:
    """(how much room the units that live or are in training need, how much there is)."""
    used, room = 0, 0
    for entity, body in world.query(Body):
        if body.owner != player:
            continue
        if body.kind < HALL:
            used += KINDS[body.kind].room
            continue
        if world.get(entity, Structure).left == 0:
            room += KINDS[body.kind].room
        trainer = world.try_get(entity, Trainer)
        if trainer is not None:
            for kind in trainer.queue:
                used += KINDS[kind].room
    return used, min(room, MAX_UNITS // len(world.query(Realm)))


def pays(realm: Realm, kind: int) -> bool:
    """Take what a kind costs, if it is there."""
    row = KINDS[kind]
    if realm.gold < row.gold or realm.wood < row.wood:
        return False
    realm.gold -= row.gold
    realm.wood -= row.wood
    return True


def sees(world: World, team: int, cell: int) -> bool:
    """Whether anybody of a team sees a cell now."""
    return any(is_set(fog.visible, cell) for _, realm, fog in world.query(Realm, Fog) if realm.team == team)


def is_set(bits: str, cell: int) -> bool:
    """One bit of a fog's text."""
    return int(bits[-1 - (cell >> 2)], 16) >> (cell & 3) & 1 == 1
