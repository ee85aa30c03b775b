"""The commands `tickroom backup` and `tickroom restore`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.backup.backup import Progress, back_up, cut
from app.backup.restore import read_manifest
from app.backup.restore import restore as restore_to
from app.config_file import load, override
from app.open_files import raise_file_limit

CONFIG = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration; ./tickroom.toml when it is there, else the built-in defaults.",
)
DATA = click.option("--data", help="The data folder, in place of the configuration's.")
FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))


@click.command()
@CONFIG
@DATA
@FOLDER
def backup(config_file: Path | None, data: str | None, folder: Path) -> None:
    """Copy the store and the journals of a server, which may run on, to DIR; nothing there is overwritten."""
    config = override(load(config_file), data=data)
    raise_file_limit()
    with cut(Path(config.server.data)) as whole, _bar("Backing up", whole.size) as progress:
        manifest = back_up(whole, folder, progress)
    total = sum(file.size for file in manifest.files)
    click.echo(f"Backed up {len(manifest.files)} files, {total:,} bytes, and read them again: {folder}")


@click.command()
@CONFIG
@DATA
@FOLDER
def restore(config_file: Path | None, data: str | None, folder: Path) -> None:
    """Make the data folder of a server from the backup in DIR; it must be empty or missing."""
    config = override(load(config_file), data=data)
    manifest, target = read_manifest(folder), Path(config.server.data)
    with _bar("Restoring", 2 * sum(file.size for file in manifest.files)) as progress:
        restore_to(folder, manifest, target, progress)
    click.echo(f"Restored {len(manifest.files)} files of version {manifest.version}: {target}")


@contextmanager
def _bar(label: str, size: int) -> Iterator[Progress]:
    """A progress bar on a terminal, in bytes."""
    with click.progressbar(length=size, label=label) as bar:
        yield bar.update
