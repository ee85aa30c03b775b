"""Uploaded engines in WebAssembly: they run in the page's sandbox, and what is wrong with one is named."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.engine_match import ROOT
from tests.browser.sandbox import GENERATIONS, PLAY, STEP, WASM, Sandbox, clicks, sentence
from tests.browser.uploads import COUNTING_WASM, FOLDER

pytestmark = pytest.mark.browser
SETUP = {"players": [{"player": 0}, {"player": 1}]}


def test_an_engine_in_webassembly_runs(sandbox: Sandbox) -> None:
    """Checksums move; a dump is loaded and computed again from to the same ones; the scene arrives; a setup that it refuses is no
    failure."""
    played, again = (
        sandbox.run(COUNTING_WASM, PLAY, 7, SETUP, clicks(GENERATIONS), media_type=WASM) for _ in range(2)
    )
    assert played.get("message") is None, played
    assert len(set(played["sums"])) == GENERATIONS
    assert (played["again"], played["loaded"]) == (played["sums"][-1], played["sums"][GENERATIONS // 2 - 1])
    assert len(played["dump"]["state"]) == 32
    assert played["scene"]["shapes"] == [{"shape": "circle", "x": 79, "y": 50, "w": 8}]
    assert again["sums"] == played["sums"]
    act = """async (engine, setup) => {
        const why = await engine.begin(1, { ...setup, bad: true }).catch((error) => [error.name, error.message]);
        await engine.begin(1, setup);
        return why;
    }"""
    assert sandbox.run(COUNTING_WASM, act, SETUP, media_type=WASM) == ["EngineRefused", "too bad"]


def test_the_engine_in_webassembly_is_made_of_its_source(tmp_path: Path) -> None:
    """The same bytes again, by the compiler that the build of the Python engine has fetched."""
    python = ROOT / "build" / "work" / "engine" / "fetched" / "venv" / "bin" / "python"
    if not python.exists():
        pytest.skip("no compiler is there: the Python engine was not built in this folder")
    shutil.copy(FOLDER / "counting.c", tmp_path)
    [line] = [each for each in (FOLDER / "counting.c").read_text().splitlines() if "-m ziglang cc" in each]
    environment = {"ZIG_GLOBAL_CACHE_DIR": str(tmp_path), "ZIG_LOCAL_CACHE_DIR": str(tmp_path)}
    command = [str(python), *line.removeprefix("//").split()[1:]]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=120)
    assert (tmp_path / "counting.wasm").read_bytes() == COUNTING_WASM


def leb(number: int) -> bytes:
    """An unsigned number as WebAssembly writes it."""
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + leb(number >> 7)


def signed(number: int) -> bytes:
    """A signed one."""
    low, rest = number & 127, number >> 7
    done = (rest == 0 and not low & 64) or (rest == -1 and low & 64)
    return bytes([low]) if done else bytes([low | 128]) + signed(rest)


I32, I64 = 0x7F, 0x7E
TYPES = {
    "allocate": ([I32], [I32]), "init": ([I64, I32, I32], [I64]), "step": ([I32, I32], []), "checksum": ([], [I32]),
    "dump": ([], [I64]), "load": ([I32, I32], []), "scene": ([I32], [I64]), "events": ([], [I64]), "result": ([], [I64]),
}  # fmt: skip
PLAIN = {
    "allocate": b"\x41\x00", "init": b"\x42\x00", "step": b"", "checksum": b"\x41\x01", "load": b"",
    "dump": b"\x42" + signed(1 << 32),  # the byte 0 of the memory, which is MessagePack's 0
}  # fmt: skip


def module(
    *, memory: bytes = b"\x00\x01", leave_out: str = "", imports: bytes = b"", **bodies: bytes
) -> bytes:
    """A module that does nothing but for these bodies, each the instructions of a function of this name."""
    functions = {name: body for name, body in {**PLAIN, **bodies}.items() if name != leave_out}

    def section(number: int, *items: bytes) -> bytes:
        content = leb(len(items)) + b"".join(items)
        return bytes([number]) + leb(len(content)) + content

    def vector(items: list[int]) -> bytes:
        return leb(len(items)) + bytes(items)

    def named(name: str, kind: int, index: int) -> bytes:
        return leb(len(name)) + name.encode() + bytes([kind]) + leb(index)

    types = [b"\x60" + vector(TYPES[name][0]) + vector(TYPES[name][1]) for name in functions]
    exports = [named(name, 0, place + bool(imports)) for place, name in enumerate(functions)]
    code = [leb(len(body) + 2) + b"\x00" + body + b"\x0b" for body in functions.values()]
    return b"\0asm\x01\0\0\0" + b"".join(
        [section(1, *types)]
        + ([section(2, imports)] if imports else [])
        + [section(3, *(leb(place) for place in range(len(functions)))), section(5, memory)]
        + [
            section(7, *exports, *([named("memory", 2, 0)] if leave_out != "memory" else [])),
            section(10, *code),
        ]
    )


FAR = b"\x42" + signed((16 << 32) | 65_530)
BAD_MODULES = {
    "no memory": module(leave_out="memory"),
    "no function dump": module(leave_out="dump"),
    "imports env.f": module(imports=b"\x03env\x01f\x00\x02"),
    "dump points outside of its memory": module(dump=FAR),
    "scene points outside of its memory": module(scene=FAR),
    "bytes: more than 8388608": module(dump=b"\x42" + signed(1 << 60)),
    "bytes: more than 1024": module(init=b"\x42" + signed(60_000 << 32)),
    "allocate points outside of its memory": module(allocate=b"\x41" + signed(-1)),
    "more than 268435456": module(memory=b"\x00\x81\x20", dump=PLAIN["dump"]),
    "events are no list": module(events=PLAIN["dump"]),
    "unreachable": module(step=b"\x00"),
    "not answered for 5 seconds": module(step=b"\x03\x40\x0c\x00\x0b"),
    "WebAssembly.compile": b"\0asm\x01\0\0\0 nothing",
    "Maximum call stack": module(step=b"\x41\x00\x41\x00\x10\x02"),
}


@pytest.mark.parametrize("words", BAD_MODULES)
def test_a_bad_module_is_named_and_ended(sandbox: Sandbox, words: str) -> None:
    """What it exports, what it imports, where it points and how much it gives: each is looked at, and said."""
    outcome = sandbox.run(BAD_MODULES[words], STEP, media_type=WASM)
    assert words in sentence(outcome), outcome
    assert sandbox.is_empty_and_alive()


def test_the_plain_module_of_these_tests_is_an_engine(sandbox: Sandbox) -> None:
    """So that each of the others is refused for what is wrong with it, and for nothing else."""
    act = STEP.replace("return new Promise(() => {});", "return 'it runs';")
    assert sandbox.run(module(), act, media_type=WASM) == "it runs"
