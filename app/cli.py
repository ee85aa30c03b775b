"""The command line: `tickroom serve | init | check | games | bots | proxy | desync | replay | backup | restore`.

Each command imports what it needs, so all start fast.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import click

from app.exits import EXIT_SENTENCES, Exit, ProgramError
from ecs.version import VERSION

CONFIG = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration; ./tickroom.toml when it is there, else the built-in defaults.",
)
CODES = "\n".join(f"  {int(code):>3}  {sentence}" for code, sentence in EXIT_SENTENCES.items())


LAZY = {
    "backup": ("app.backup.command", "Copy the store and the journals of a running server."),
    "bots": ("app.bots.command", "Play with bots and measure."),
    "desync": ("app.replay.desync", "Print the report of a divergence, and find out who was right."),
    "proxy": ("app.proxy", "Simulate a network before a server: lag, stalls, cuts."),
    "replay": ("app.replay.command", "Say what a journal has, verify it, look at a tick, or watch it."),
    "referee": ("app.rooms.referee_process", ""),
    "restore": ("app.backup.command", "Make the data folder of a server from a backup."),
}
"""Commands in modules of their own, and what each does in a line; without one it is for Tickroom itself."""


class Commands(click.Group):
    """The commands; those of LAZY are loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *LAZY])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in LAZY:
            return super().get_command(ctx, cmd_name)
        return cast(click.Command, getattr(import_module(LAZY[cmd_name][0]), cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """As click does it, but without loading what is lazy."""
        rows = [(name, command.get_short_help_str(80)) for name, command in self.commands.items()]
        rows += [(name, sentence) for name, (_, sentence) in LAZY.items() if sentence]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        formatter.write(f"\nExit codes:\n{CODES}\n")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(VERSION, message="%(version)s")
def commands() -> None:
    """One executable that hosts multiplayer games."""


@commands.command()
@CONFIG
@click.option("--host", help="Listen on this address instead of the configuration's.")
@click.option("--port", type=int, help="Listen on this port instead; 0 takes one that is free.")
@click.option("--data", help="Keep data in this folder instead.")
@click.option(
    "--accept-loss",
    is_flag=True,
    help="Rooms that cannot be run up to their last tick go on from their last keyframe.",
)
def serve(
    config_file: Path | None, host: str | None, port: int | None, data: str | None, accept_loss: bool
) -> None:
    """Run the server until it is told to stop."""
    from app.config_file import load, override
    from app.logs import configure

    config = override(load(config_file), host=host, port=port, data=data)
    configure(config.log)
    from app.server import serve as run

    sys.exit(run(config, accept_loss=accept_loss))


@commands.command()
@CONFIG
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init(config_file: Path | None, file: Path | None, force: bool) -> None:
    """Write a commented FILE (tickroom.toml) with every setting and its default."""
    from app.config_file import DEFAULT_FILE, template

    file = file or config_file or DEFAULT_FILE
    try:
        with file.open("w" if force else "x", encoding="utf-8") as out:
            out.write(template())
    except FileExistsError:
        raise ProgramError(Exit.CONFIGURATION, f"{file} is there already; --force replaces it") from None
    except OSError as error:
        raise ProgramError(Exit.CONFIGURATION, f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"Wrote {file}. `tickroom check` says whether it is right; `tickroom serve` uses it.")


@commands.command()
@CONFIG
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
def check(config_file: Path | None, file: Path | None) -> None:
    """Say whether a configuration FILE and the games it leads to are right, without serving."""
    from app.accounts.accounts import accounts_of
    from app.config_file import DEFAULT_FILE, load
    from app.games.mods import load_mods
    from app.safety import check_safety

    path = file or config_file
    config = load(path)
    check_safety(config)
    accounts_of(config)
    mods = load_mods(config.mods)
    for failure in mods.failed:
        click.echo(f"Error: {failure}", err=True)
    name = path or (DEFAULT_FILE if DEFAULT_FILE.is_file() else "the built-in defaults")
    click.echo(f"{name}: right")
    for game in mods.games.values():
        for warning in game.warnings:
            click.echo(f"Warning: {warning}", err=True)
        for advice in game.advice:
            click.echo(f"Hint: {advice}", err=True)
        click.echo(f"{game.path}: right, the game {game.name!r}")
    if mods.failed:
        sys.exit(Exit.MOD)


@commands.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def games(config_file: Path | None, as_json: bool) -> None:
    """List the games that a server would offer."""
    import msgspec

    from app.config_file import load
    from app.games.mods import load_mods

    mods = load_mods(load(config_file).mods)
    rows = [_row(game) for game in mods.games.values()]
    if as_json:
        click.echo(msgspec.json.encode(rows).decode())
    else:
        for row in rows:
            click.echo(
                "{name}  {title} {version}, {tick_rate} Hz, {max_players} players, {path}".format(**row)
            )
    for failure in mods.failed:
        click.echo(f"Error: {failure}", err=True)
    if mods.failed:
        sys.exit(Exit.MOD)


def _row(game: Any) -> dict[str, Any]:
    schema, rules = game.hosted.schema, game.hosted.game
    return {
        "name": game.name,
        "title": schema.title,
        "version": schema.version,
        "tick_rate": rules.tick_rate,
        "max_players": rules.max_players,
        "fingerprint": rules.fingerprint,
        "path": str(game.path),
        "bundled": game.bundled,
    }


def main() -> None:
    """The program. Ends the process with one of the exit codes."""
    try:
        commands(standalone_mode=True, prog_name="tickroom")
    except ProgramError as error:
        from app.logs import printable

        for sentence in error.sentences:  # a journal's own words may be in it
            click.echo("\n".join(map(printable, f"Error: {sentence}".split("\n"))), err=True)
        sys.exit(error.code)
