"""`tickroom bots`: plays on a server with many bots and says what they were served."""

import asyncio
import importlib
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec.structs import replace

from app.bots.swarm import Report, Spread, Swarm
from app.exits import Exit
from net.codec import JSON, MESSAGEPACK
from net.conditions import PRESETS
from net.drivers.lobby import Lobby

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

SHOWN_FAILURES = 5
BAR_STEPS = 10
"""Steps of the progress bar in a second."""


@click.command(short_help="Play with bots and measure what they are served.")
@click.argument("url")
@click.option("--game", default="arena", show_default=True, help="The game to play.")
@click.option(
    "--room", default="", help="Join this room; else rooms of the game with free seats, or new ones."
)
@click.option("--count", default=10, show_default=True, type=click.IntRange(1, 10_000), help="How many bots.")
@click.option(
    "--seconds",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0.1, 86_400.0),
    help="How long they play.",
)
@click.option("--seed", default=1, show_default=True, help="Of what the bots do, and of their networks.")
@click.option("--network", type=click.Choice(list(PRESETS)), help="Simulate this network before each bot.")
@click.option(
    "--admin-token", envvar="TICKROOM_ADMIN_TOKEN", default="", help="Where rooms are the admin's to create."
)
@click.option("--text", is_flag=True, help="Speak JSON in place of MessagePack.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def bots(
    url: str,
    game: str,
    room: str,
    count: int,
    seconds: float,
    seed: int,
    network: str | None,
    admin_token: str,
    text: bool,
    as_json: bool,
) -> None:
    """Play on the server at URL with bots that press keys at random, and report intervals, round trips, bytes and errors.

    The exit code is 7 when there was any error; a connection that was lost and regained is none.
    """
    try:
        lobby = Lobby(url, token=admin_token)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="URL") from error
    conditions = PRESETS[network] if network is not None else None
    codec = JSON if text else MESSAGEPACK
    swarm = Swarm(lobby, game, room, codec=codec, seed=seed, conditions=conditions)
    report = _run(swarm, count, seconds)
    click.echo(msgspec.json.encode(report).decode() if as_json else _in_words(report, game))
    for sentence in list(dict.fromkeys(swarm.failures))[:SHOWN_FAILURES]:
        click.echo(f"error: {sentence}", err=True)
    if report.errors:
        sys.exit(Exit.BOTS)


def _run(swarm: Swarm, count: int, seconds: float) -> Report:
    """Join, play and leave, whatever happens; the report counts the failures of all three."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            with _bar("joining", count) as joining:
                runner.run(swarm.join(count, joining.update))
            with _bar("playing", round(seconds * BAR_STEPS)) as playing:
                report = runner.run(swarm.play(seconds, partial(_advance, playing)))
        finally:
            runner.run(swarm.leave())
    return replace(report, errors=len(swarm.failures))


def _bar(label: str, length: int) -> "ProgressBar[int]":
    """A progress bar beside the report, on a terminal only."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


def _advance(bar: "ProgressBar[int]", passed: float) -> None:
    bar.update(round(passed * BAR_STEPS) - bar.pos)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one (not on Windows)."""
    return importlib.import_module("uvloop").new_event_loop if find_spec("uvloop") else None


def _in_words(report: Report, game: str) -> str:
    if not report.ticks_per_second:  # nothing was measured: its zeros would look like figures
        return f"no bot played {game}: errors {report.errors}, reconnects {report.reconnects}"
    rate = f"{report.ticks_per_second:g} of {report.tick_rate} ticks a second"
    return "\n".join(
        (
            f"{_count(report.bots, 'bot')} in {_count(report.rooms, 'room')} of {game} for {report.seconds:g} s, {rate}",
            f"between ticks          {_spread(report.interval_ms)}",
            f"round trip             {_spread(report.rtt_ms)}",
            f"bytes a client a tick  {report.bytes_per_client_tick:g}",
            f"errors {report.errors}, reconnects {report.reconnects}",
        )
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _spread(spread: Spread) -> str:
    return f"p50 {spread.p50:.1f}  p99 {spread.p99:.1f}  max {spread.max:.1f} ms"
