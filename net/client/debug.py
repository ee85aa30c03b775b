"""What a client looks into when something feels wrong, as rows of a name and a value: for an overlay of any client."""

from net.client.core import ClientCore


def debug_rows(core: ClientCore) -> list[tuple[str, str]]:
    """Prediction, its error (world units) and pending inputs, ping, jitter and buffer (ms). Raises LocalProtocolError before the
    first welcome, and for a client that keeps no view."""
    prediction, view = core.prediction, core.view_clock
    statistics = prediction.statistics
    rows = [
        ("prediction", prediction.why_not or "on"),
        (
            "error",
            f"{statistics.error:.2f} units, {statistics.corrected} corrected, the largest by {statistics.largest:.1f}",
        ),
        ("pending", f"{len(core.inputs.pending)} inputs"),
        ("ping", f"{core.clock.round_trip:.0f} ms, jitter {view.jitter:.1f} ms, buffer {view.delay:.0f} ms"),
    ]
    return [*rows, ("hint", statistics.hint)] if statistics.hint else rows
