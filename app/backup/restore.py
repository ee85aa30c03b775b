"""`tickroom restore`: a data folder from a backup. Only into an empty place, and only whole."""

import os
import shutil
from hashlib import sha256
from pathlib import Path, PurePosixPath

import msgspec

from app.backup.backup import CHUNK, MANIFEST, File, Manifest, Progress, check_file, empty_folder, synced
from app.exits import Exit, ProgramError
from app.store.pinned import check_whole
from app.store.store import FILE

MAX_MANIFEST = 64 * 1024 * 1024
DRAFT = ".restoring"
"""The folder is built under this name beside its place, and moved there when it is whole."""


def read_manifest(source: Path) -> Manifest:
    """What a backup says it holds. Raises ProgramError (Exit.DATA) for a folder that is none, or not a whole one."""
    path = source / MANIFEST
    try:
        if path.stat().st_size > MAX_MANIFEST:
            raise ProgramError(Exit.DATA, f"this is no manifest of a backup: {path}")
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise ProgramError(Exit.DATA, f"this is no backup, or one that was cut short: {source}") from None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProgramError(Exit.DATA, f"the backup cannot be read: {path}: {error}") from error
    if manifest.format != 1:
        raise ProgramError(
            Exit.DATA, f"the backup has format {manifest.format}; this version reads 1: {path}"
        )
    for file in manifest.files:
        _check_path(path, file)
    if FILE not in {file.path for file in manifest.files}:
        raise ProgramError(Exit.DATA, f"the backup has no store: {path}")
    return manifest


def restore(source: Path, manifest: Manifest, target: Path, progress: Progress) -> None:
    """Make a data folder of a backup, where there is none yet. Raises ProgramError (Exit.DATA); then the place is as it was."""
    empty_folder(target)
    draft = target.with_name(f"{target.name}{DRAFT}")
    try:
        draft.mkdir(mode=0o700)
    except FileExistsError:
        sentence = f"a restore was cut short, or is running: remove {draft} when none is"
        raise ProgramError(Exit.DATA, sentence) from None
    except OSError as error:
        raise ProgramError(Exit.DATA, f"the folder cannot be made: {draft}: {error.strerror}") from error
    try:
        _fill(source, manifest, draft, progress)
        draft.rename(target)  # onto an empty folder: at once, or not at all
    except OSError as error:
        _give_up(draft)
        raise ProgramError(Exit.DATA, f"the backup cannot be restored: {target}: {error}") from error
    except BaseException:
        _give_up(draft)
        raise


def _fill(source: Path, manifest: Manifest, draft: Path, progress: Progress) -> None:
    for file in manifest.files:
        _copy(source / file.path, draft / file.path, file, progress)
    for file in manifest.files:
        check_file(draft, file, progress)
    check_whole(draft / FILE)


def _copy(source: Path, target: Path, file: File, progress: Progress) -> None:
    """A file of the backup; one that has changed since is refused before all of a larger one is copied."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = sha256(), 0
    with source.open("rb") as opened, target.open("xb") as out:
        os.fchmod(out.fileno(), 0o600)
        while size <= file.size and (chunk := opened.read(CHUNK)):
            digest.update(chunk)
            out.write(chunk)
            size += len(chunk)
            progress(len(chunk))
        synced(out)
    if size != file.size or digest.hexdigest() != file.sha256:
        raise ProgramError(Exit.DATA, f"the file is not what was backed up: {source}")


def _check_path(manifest: Path, file: File) -> None:
    """A backup's files lie in its folder, whoever wrote the manifest."""
    path = PurePosixPath(file.path)
    if (
        path.is_absolute()
        or ".." in path.parts
        or str(path) != file.path
        or "\\" in file.path
        or "\0" in file.path
    ):
        raise ProgramError(Exit.DATA, f"the backup names a file outside of it, {file.path!r}: {manifest}")


def _give_up(draft: Path) -> None:
    shutil.rmtree(draft, ignore_errors=True)
