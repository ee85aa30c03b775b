"""A game made ready to be hosted: its schema and chart, worked out once for all of its rooms."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecs.game import Game
from net.chart import CompiledChart, compile_chart
from net.protocol import GameSchema
from net.schema import schema_of


@dataclass(frozen=True, slots=True)
class HostedGame:
    """What every room of a game shares."""

    game: Game
    schema: GameSchema
    chart: CompiledChart
    assets: dict[str, str] = field(default_factory=dict)
    """The game's client files: name -> address on this server, which holds for exactly this content."""

    @classmethod
    def of(cls, game: Game, view: str = "", assets: Mapping[str, str] | None = None) -> "HostedGame":
        """`view` is the address of the game's own JavaScript view, or empty; `assets` are the addresses of its files, by
        name. Raises ChartError for a bad state document."""
        return cls(game, schema_of(game, view), compile_chart(game.chart), dict(assets or {}))
