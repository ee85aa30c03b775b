"""The one clock of the server. Everything below app takes the time as a parameter."""

from time import monotonic_ns


def now_ms() -> float:
    """Monotonic milliseconds."""
    return monotonic_ns() / 1e6
