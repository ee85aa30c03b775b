"""The one-file program is two processes and a folder: this keeps them together.

PyInstaller's parent process unpacks the program into `_MEIxxxxxx`, starts the real program (us) as its child, hands
signals on to it, and removes the folder at the end. When the parent is killed outright, nobody would stop the child or
remove the folder. So the child asks the kernel to be told of its parent's death, and holds a lock in its folder for as
long as it lives: a folder whose lock nobody holds is stale, and the next start removes it.

Linux only, as the one file is; from source there is nothing to do.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import sys
from pathlib import Path

PREFIX = "_MEI"
LOCK_NAME = "tickroom.lock"
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def prepare() -> None:
    """The first thing the program does: hold our folder, remove stale ones, and end when the parent does."""
    folder = extraction_folder()
    if folder is None or sys.platform != "linux":
        return
    end_with_parent()
    hold(folder)
    for stale in remove_stale(folder.parent):
        sys.stderr.write(f"Removed {stale}, left behind by a server that was killed.\n")


def extraction_folder() -> Path | None:
    """Where the parent has unpacked us; None where the program is no one-file program."""
    unpacked = Path(getattr(sys, "_MEIPASS", ""))
    return unpacked if unpacked.name.startswith(PREFIX) else None


def end_with_parent() -> None:
    """Asks the kernel for a SIGTERM when the parent dies, however it dies; ends at once when it is dead already."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl(PR_SET_PDEATHSIG): {os.strerror(number)}")
    if not is_this_program(os.getppid()):
        sys.exit("The process that started this one is gone.")


def is_this_program(pid: int) -> bool:
    """Whether that process runs the same executable file as we do: an adoptive parent (pid 1) does not."""
    try:
        return Path(f"/proc/{pid}/exe").samefile("/proc/self/exe")
    except PermissionError:
        return (
            pid != 1
        )  # not to be read where the file has capabilities (setcap): it is no adoptive parent, we take it
    except OSError:
        return False


def hold(folder: Path) -> int:
    """Takes the folder's lock until this process ends; answers the open file, which nobody needs to close.

    The lock is taken before the file gets its name, so that nobody ever sees it there and free.
    """
    unnamed = folder / f"{LOCK_NAME}.{os.getpid()}"
    lock = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unnamed.rename(folder / LOCK_NAME)
    return lock


def remove_stale(parent: Path) -> list[Path]:
    """Removes our extraction folders whose program has ended, and answers which; another user's are left alone."""
    return [folder for folder in parent.glob(f"{PREFIX}*") if is_ours(folder) and remove_if_free(folder)]


def is_ours(folder: Path) -> bool:
    """Whether it is a folder of this user's; `/tmp` is shared, and a symbolic link there may point anywhere."""
    try:
        owner = folder.lstat().st_uid
    except FileNotFoundError:
        return False
    return owner == os.getuid() and not folder.is_symlink()


def remove_if_free(folder: Path) -> bool:
    """Removes a folder when nobody holds its lock; another program's folder has none."""
    try:
        lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    except BlockingIOError:
        return False
    except OSError as error:
        sys.stderr.write(f"The stale folder {folder} could not be removed: {error}\n")
        return False
    finally:
        os.close(lock)
    return True
