"""Who is told of an event."""

from ecs.components import Position, Scene
from ecs.events import Delivery
from ecs.world import World


def audience_of(delivery: Delivery, world: World, view_radius: float | None) -> list[int] | None:
    """The players of a delivery, ascending, or None for everybody."""
    if delivery.scope == "player":
        return [delivery.player]
    if delivery.scope == "team":
        return [player for player in world.players if world.team_of(player) == delivery.team]
    if delivery.scope == "near" and delivery.at is not None and view_radius is not None:
        return players_near(world, delivery.at, view_radius)
    return None


def players_near(world: World, place: tuple[float, float], radius: float) -> list[int]:
    """The players with an entity of their own within `radius` (world units) of a place."""
    x, y = place
    near = {
        scene.owner
        for _, scene, position in world.query(Scene, Position)
        if scene.owner >= 0 and (position.x - x) ** 2 + (position.y - y) ** 2 <= radius * radius
    }
    return sorted(near & set(world.players))


def place_of(player: int, world: World) -> tuple[float, float] | None:
    """Where a player's first own entity is, or None."""
    for _, scene, position in world.query(Scene, Position):
        if scene.owner == player:
            return position.x, position.y
    return None


def listeners(player: int, channel: str, world: World, view_radius: float | None) -> list[int] | None:
    """Who hears a player on a channel (`room`, `near`, `team`), the player included; None for everybody."""
    if channel == "team" and player in world.players:
        team = world.team_of(player)
        return [each for each in world.players if each == player or world.team_of(each) == team >= 0]
    if channel == "near" and view_radius is not None:
        place = place_of(player, world)
        return [player] if place is None else sorted({player, *players_near(world, place, view_radius)})
    return [player] if channel == "team" else None
