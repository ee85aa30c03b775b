"""How many files the process may have open."""

import resource

FILES = 8_192
"""Open files that are asked of the system: each connection and each room's journal is one."""


def raise_file_limit() -> None:
    """Ask for as many open files as the system lets us, up to FILES: many systems begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
