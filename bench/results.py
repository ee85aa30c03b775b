"""The two files that `make bench` writes: results.json for programs, RESULTS.md for people."""

import json
from dataclasses import dataclass
from pathlib import Path

from bench.harness import Figure, Measured

FOLDER = Path(__file__).parent
JSON_FILE = FOLDER / "results.json"
MARKDOWN_FILE = FOLDER / "RESULTS.md"


@dataclass(frozen=True)
class Row:
    """One line of results.json."""

    value: float
    goal: float | None
    unit: str
    pairs: int
    spread: float
    higher_is_better: bool = False

    @property
    def within(self) -> bool:
        """Whether the goal, where there is one, is reached."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.higher_is_better else self.value <= self.goal

    @classmethod
    def of(cls, figure: Figure, measured: Measured) -> "Row":
        """The row of a figure that was measured now."""
        return cls(
            round(measured.value, 3),
            figure.goal,
            figure.unit,
            measured.pairs,
            round(measured.spread, 3),
            figure.higher_is_better,
        )


def read_rows(path: Path = JSON_FILE) -> dict[str, Row]:
    """The rows of an earlier run, to be merged into; none when there was none."""
    if not path.exists():
        return {}
    return {name: Row(**row) for name, row in json.loads(path.read_text()).items()}


def write_rows(rows: dict[str, Row], path: Path = JSON_FILE) -> None:
    """Writes results.json: flat, name -> {value, goal, unit, pairs, spread}, and higher_is_better where it is."""
    flat = {
        name: {key: value for key, value in vars(row).items() if value or key != "higher_is_better"}
        for name, row in sorted(rows.items())
    }
    path.write_text(json.dumps(flat, indent=2) + "\n")


def write_report(
    rows: dict[str, Row], details: dict[str, str], machine: dict[str, str], path: Path = MARKDOWN_FILE
) -> None:
    """Writes RESULTS.md. `details` are ready paragraphs by figure name; a figure that was not run now keeps its old one."""
    kept = read_details(path) | details
    lines = [
        "# Measured results",
        "",
        "Written by `make bench`; do not edit. How it measures: `bench/harness.py`.",
        "",
    ]
    lines += ["| figure | value | goal | within | pairs | spread |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [_line(name, row) for name, row in sorted(rows.items())]
    lines += ["", "`spread` is the inter-quartile range of the pairs' ratios.", "", "## Machine", ""]
    lines += [f"- {what}: {value}" for what, value in machine.items()]
    lines += ["", "## Details", ""]
    for name in sorted(name for name in rows if name in kept):
        lines += [f"### {name}", "", kept[name], ""]
    path.write_text("\n".join(lines).rstrip() + "\n")


def read_details(path: Path = MARKDOWN_FILE) -> dict[str, str]:
    """The paragraphs of an earlier report, by figure name."""
    if not path.exists():
        return {}
    _, _, text = path.read_text().partition("## Details\n")
    sections = [section.partition("\n") for section in text.split("### ")[1:]]
    return {name.strip(): body.strip() for name, _, body in sections}


def describe(figure: Figure, measured: Measured) -> str:
    """The paragraph of one figure: its note and the numbers behind it."""
    note = [figure.note] if figure.note else []
    return "\n".join([*note, *(f"- {what}: {value}" for what, value in measured.details)])


def _line(name: str, row: Row) -> str:
    at_least = "at least " if row.higher_is_better else ""
    goal = "" if row.goal is None else f"{at_least}{row.goal:g} {row.unit}"
    within = "" if row.goal is None else ("yes" if row.within else "**no**")
    return f"| `{name}` | {row.value:g} {row.unit} | {goal} | {within} | {row.pairs} | {row.spread:g} |"
