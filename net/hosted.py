"""A game made ready to be hosted: its schema and chart, worked out once for all of its rooms."""

from dataclasses import dataclass

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

    @classmethod
    def of(cls, game: Game, view: str = "") -> "HostedGame":
        """`view` is the address of the game's own JavaScript view, or empty. Raises ChartError for a bad state document."""
        return cls(game, schema_of(game, view), compile_chart(game.chart))
