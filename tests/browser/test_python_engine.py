"""The Python engine outside of CPython: the same match has the same checksums in node and in a Chromium's Worker."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.http.browser_engine import engine_folder
from tests.browser.engine_match import ROOT, SEED, TICKS, RecordedMatch, built_engine, recorded
from tests.browser.test_two_players import OpenPage
from tests.conftest import ServerProcess

GOAL_BYTES = 7_500_000
"""What a browser may have to fetch for the engine at most, compressed."""
IN_A_WORKER = """async ({ addresses, archives, seed, script }) => {
  const { PythonEngine } = await import(addresses.page);
  const bytes = archives.map((text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0)));
  const began = performance.now();
  const engine = await PythonEngine.load(addresses, bytes);
  await engine.run("play_match", "ready");
  const ready = performance.now() - began;
  const scenes = await engine.run("play_match", "scenes");
  const given = [new Uint8Array(8), { bytes: new Uint8Array(8) }];
  const views = [];
  for (let n = 0; n < 3; n++) views.push(await engine.run("play_match", "views", ...given));
  const missing = await engine.run("play_match", "no_such_function").catch((error) => error.message);
  const failure = await engine.run("play_match", "play", seed).catch((error) => error.message);
  const played = await engine.run("play_match", "play", seed, script);
  engine.close();
  const closed = await engine.run("play_match", "play", seed, []).catch((error) => error.message);
  return { bare: engine.bareAfter, ready, views, scenes, missing, failure, closed, ...played };
}"""


@pytest.fixture(scope="module")
def engine() -> dict[str, Any]:
    return built_engine()


@pytest.fixture(scope="module")
def match(engine: dict[str, Any]) -> RecordedMatch:
    return recorded()


def test_all_that_a_browser_fetches_is_small(engine: dict[str, Any]) -> None:
    """Compressed, with Brotli and with gzip, it is below 7.5 MB; each file lies there in all its forms, as the manifest says."""
    folder = folder_of(engine)
    for form, end in (("brotli", ".br"), ("gzip", ".gz")):
        sizes = {name: (folder / f"{name}{end}").stat().st_size for name in engine["files"]}
        assert sizes == {name: each[form] for name, each in engine["files"].items()}
        compiled = sum(path.stat().st_size for path in folder.glob(f"*.zip{end}") if len(path.name) > 32)
        assert compiled > 100_000, "our code was not compiled by the engine"
        assert 1_000_000 < sum(sizes.values()) + compiled < GOAL_BYTES


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_match_is_the_same_in_node(engine: dict[str, Any], match: RecordedMatch, tmp_path: Path) -> None:
    """600 ticks of the arena, keyframes included: CPython's checksum in each of them."""
    node = shutil.which("node")
    assert node is not None, "the engine was built with node, and there is none now"
    interpreter = tmp_path / "interpreter.mjs"
    subprocess.run(
        [ROOT / "web/node_modules/.bin/esbuild", ROOT / "web/engine/interpreter.ts", "--bundle", "--format=esm",
         "--platform=node", f"--outfile={interpreter}", "--log-level=error"],
        check=True, timeout=60,
    )  # fmt: skip
    script = tmp_path / "match.json"
    script.write_text(json.dumps({"seed": SEED, "script": match.script}))
    archives = [tmp_path / f"{number}.zip" for number in range(len(match.archives))]
    for path, data in zip(archives, match.archives, strict=True):
        path.write_bytes(data)
    run = Path(__file__).with_name("run_engine.mjs")
    command: list[str | Path] = [node, run, interpreter, folder_of(engine), script, *archives]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr.rpartition("PythonError")[2][:3000]
    compare(json.loads(done.stdout), match)


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_match_is_the_same_in_a_worker_of_a_page(
    engine: dict[str, Any], match: RecordedMatch, server: ServerProcess, open_page: OpenPage
) -> None:
    """The same in Chromium, under our own policies. What fails in Python is told as such; a closed engine says that it is."""
    page = open_page(server.url)
    archives = [base64.b64encode(data).decode() for data in match.archives]
    order = {"addresses": engine, "archives": archives, "seed": SEED, "script": match.script}
    page.set_default_timeout(500_000)
    played = page.evaluate(IN_A_WORKER, order)
    assert played["missing"] == "play_match has no function no_such_function"
    assert "TypeError: play() missing 1 required positional argument" in played["failure"]
    assert played["closed"] == "the engine was closed"
    compare(played, match)


def folder_of(engine: dict[str, Any]) -> Path:
    """Where the files of the engine lie."""
    return engine_folder() / Path(engine["folder"]).name


def compare(played: dict[str, Any], match: RecordedMatch) -> None:
    """The checksums are what counts; the times are for people, who ask for a test's output."""
    ratio = played["ready"] / played["bare"]
    sys.stdout.write(f"bare {played['bare']:.0f} ms, ready {played['ready']:.0f} ms ({ratio:.2f} x), ")
    sys.stdout.write(f"{TICKS} ticks in {played['milliseconds']:.0f} ms\n")
    pairs = enumerate(zip(played["checksums"], match.checksums, strict=True), 1)
    assert [tick for tick, (theirs, ours) in pairs if theirs != ours] == []
    assert len(set(match.checksums)) == TICKS
    assert played["scenes"] == match.scenes
    assert len(set(played["views"])) == 1, "what is handed to Python is freed after the call"
