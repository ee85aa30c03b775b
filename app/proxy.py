"""`tickroom proxy`: a simulated network before a server, for browsers and clients of this machine."""

import asyncio
import signal
from urllib.parse import urlsplit

import click

from app.exits import Exit, ProgramError
from net.conditions import PRESETS
from net.drivers.proxy import CONNECTIONS, NetworkProxy

DEFAULT_TARGET = "127.0.0.1:7373"


@click.command(short_help="Simulate a network before a server: lag, stalls, cuts.")
@click.option("--network", required=True, type=click.Choice(list(PRESETS)), help="What network.")
@click.option("--to", default=DEFAULT_TARGET, show_default=True, metavar="HOST:PORT", help="The server.")
@click.option(
    "--port", default=0, type=click.IntRange(0, 65_535), help="Listen here; by itself where it is free."
)
@click.option(
    "--seed", default=1, show_default=True, help="Of the network: what its n-th connection is like."
)
@click.option(
    "--connections",
    default=CONNECTIONS,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="More at a time are refused.",
)
def proxy(network: str, to: str, port: int, seed: int, connections: int) -> None:
    """Listen on this machine and pass on to a server, through a network that lags, stalls and loses connections.

    Open the address that it says in a browser, or give it to `tickroom bots`. It ends when it is interrupted.
    """
    passing = NetworkProxy(_target(to), PRESETS[network], seed=seed, port=port, connections=connections)
    try:
        asyncio.run(_run(passing, f"{to} is at {{url}}/ through the network {network!r}"))
    except OSError as error:
        raise ProgramError(
            Exit.ADDRESS, f"port {port} of this machine cannot be listened on: {error.strerror or error}"
        ) from error


async def _run(passing: NetworkProxy, sentence: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with passing:
        click.echo(sentence.format(url=passing.url))
        await stop.wait()
    click.echo(f"{passing.opened} connections, {passing.refused} of them refused")


def _target(text: str) -> tuple[str, int]:
    """Raises BadParameter for what is no host and port."""
    wrong = click.BadParameter(
        f"a host and a port, as in {DEFAULT_TARGET}, and not {text!r}", param_hint="--to"
    )
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise wrong from error
    if not host or not port or parts.path:
        raise wrong
    return host, port
