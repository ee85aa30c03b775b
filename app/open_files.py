"""How many files the process may have open."""

import resource

FILES = 8_192
"""Open files that are asked of the system at least."""


def raise_file_limit(needed: int = 0) -> None:
    """Ask for as many open files as are needed, FILES at least, as far as the system lets us: many begin with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(FILES, needed) if hard == resource.RLIM_INFINITY else min(max(FILES, needed), hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
