"""A game made ready to be hosted: its schema and chart, worked out once for all of its rooms."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecs.game import Game
from net.protocol import GameSchema
from net.rooms.chart import CompiledChart, compile_chart
from net.schema import schema_of


@dataclass(frozen=True, slots=True)
class EngineSource:
    """Where the clients of a lock-step room get the engine that they run, and what it has to be."""

    address: str
    """On this server, without its host."""
    sha256: str
    """Of its bytes, in hex."""
    media_type: str
    uploaded: bool = False
    """Whether a stranger has written it: never to be run outside of a sandbox."""


@dataclass(frozen=True, slots=True)
class HostedGame:
    """What every room of a game shares."""

    game: Game
    schema: GameSchema
    chart: CompiledChart
    assets: dict[str, str] = field(default_factory=dict)
    """The game's client files: name -> address on this server, which holds for exactly this content."""
    engine: EngineSource | None = None
    """Of a lock-step game: the engine for browsers, where there is one."""
    definition: bytes = b""
    """What a journal's header says of a room that an installed game's name does not say (app/rooms/definition.py)."""

    @classmethod
    def of(
        cls,
        game: Game,
        view: str = "",
        assets: Mapping[str, str] | None = None,
        engine: EngineSource | None = None,
    ) -> "HostedGame":
        """`view` is the address of the game's own JavaScript view, or empty; `assets` are the addresses of its files, by
        name. Raises ChartError for a bad state document."""
        return cls(game, schema_of(game, view), compile_chart(game.chart), dict(assets or {}), engine)
