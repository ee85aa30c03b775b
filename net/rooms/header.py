"""The first record of a room's journal: what is played, by which rules, and where it begins."""

from ecs.version import VERSION
from net.hosted import HostedGame
from net.journal.records import FORMAT, Header


def header_of(
    hosted: HostedGame, *, room_id: str, name: str, seed: int, seats: int, created_at: float, segment: int
) -> Header:
    """`name` is the room's, for people; `created_at` is the wall clock (unix ms); `segment` is which file of the room's it is."""
    game = hosted.game
    return Header(
        format=FORMAT,
        room_id=room_id,
        name=name,
        game=game.name,
        game_version=hosted.schema.version,
        engine_version=VERSION,
        fingerprint=game.fingerprint,
        rules=game.rules,
        model=game.model,
        tick_rate=game.tick_rate,
        keyframe_interval=game.keyframe_interval,
        seed=seed,
        seats=seats,
        created_at=created_at,
        segment=segment,
        definition=hosted.definition,
    )
