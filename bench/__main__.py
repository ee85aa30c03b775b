"""`python -m bench [NAME ...]`: measures the named figures (all by default) and writes the results.

A name may be the beginning of several: `python -m bench broadcast` runs all of them. Figures that are not run keep
what an earlier run found, unless `--fresh` is given.
"""

import argparse
import importlib
import pkgutil
import sys

import bench
from bench.harness import FIGURES, Bench, Figure
from bench.machine import describe_machine
from bench.results import Row, describe, read_rows, write_report, write_rows


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code: 1 when a figure is past its goal, 2 for an unknown name."""
    options = _parse(arguments)
    _import_benchmarks()
    chosen = _choose(options.names)
    if options.list or not chosen:
        print(
            "\n".join(FIGURES) if options.list else f"no figure begins with any of: {' '.join(options.names)}"
        )
        return 0 if options.list else 2
    rows = {} if options.fresh else read_rows()
    machine = describe_machine()
    details: dict[str, str] = {}
    for number, figure in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {figure.name}", flush=True)
        measured = figure.measure(Bench(progress=_say))
        rows[figure.name] = Row.of(figure, measured)
        details[figure.name] = describe(figure, measured)
        _say(f"{measured.value:.3g} {figure.unit} (goal {figure.goal})")
        write_rows(rows)
        write_report(rows, details, machine)
    return int(any(not rows[figure.name].within for figure in chosen))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a figure, or the beginning of its name")
    parser.add_argument("--list", action="store_true", help="print the names and measure nothing")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    return parser.parse_args(arguments)


def _import_benchmarks() -> None:
    for module in pkgutil.iter_modules(bench.__path__):
        if module.name.startswith("bench_"):
            importlib.import_module(f"bench.{module.name}")


def _choose(names: list[str]) -> list[Figure]:
    if not names:
        return list(FIGURES.values())
    return [figure for figure in FIGURES.values() if figure.name.startswith(tuple(names))]


def _say(sentence: str) -> None:
    print(f"    {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
