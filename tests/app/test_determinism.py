"""What shared rules may not do, and what they may."""

import ast
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.games.determinism import EXACT_MATH, Finding, findings

REFUSED = [
    ("import random\nx = random.random()", 2, "random.random", "world.random"),
    ("import random as dice\ndef f():\n    return dice.choice([1])", 3, "random.choice", "world.random"),
    ("from random import uniform\n\nuniform(0, 1)", 3, "random.uniform", "world.random"),
    ("from random import *", 1, "from random import *", "imports by name"),
    ("import secrets\nsecrets.token_hex()", 2, "secrets.token_hex", "world.random"),
    ("import time\ntime.time()", 2, "time.time", "world.tick"),
    ("from time import monotonic as clock\nclock()", 2, "time.monotonic", "world.tick"),
    ("import datetime\ndatetime.datetime.now()", 2, "datetime.datetime.now", "world.tick"),
    ("from datetime import date\ndate.today()", 2, "datetime.date.today", "world.tick"),
    ("import os.path\nos.path.exists('x')", 2, "os.path", "world.ask"),
    ("import os\nos.environ['X']", 2, "os.environ", "world.ask"),
    ("from pathlib import Path\nPath('x')", 2, "pathlib.Path", "world.ask"),
    ("import threading\nthreading.Thread()", 2, "threading.Thread", "a system"),
    ("import asyncio\nasyncio.run(x)", 2, "asyncio.run", "a system"),
    ("import sys\nsys.maxsize", 2, "sys.maxsize", "world.ask"),
    ("import numpy as np\nnp.zeros(3)", 2, "numpy.zeros", "numpy is not in the browser"),
    ("import math\nmath.sin(1)", 2, "math.sin", "tickroom.maths"),
    ("from math import atan2\natan2(1, 2)", 2, "math.atan2", "tickroom.maths"),
    ("import math\nmath.pow(2, 0.5)", 2, "math.pow", "tickroom.maths"),
    ("import math\nf = math.exp", 2, "math.exp", "tickroom.maths"),
    ("import cmath\ncmath.phase(1j)", 2, "cmath.phase", "tickroom.maths"),
    ("x = 2.0\ny = x ** 0.5", 2, "** 0.5", "math.sqrt"),
    ("x = 2.0\nx **= 1 / 3", 2, "** 1 / 3", "math.sqrt"),
    ("y = pow(x, -0.5)", 1, "pow() with a fraction", "math.sqrt"),
    ("t = sum(h.value for h in hs)", 1, "sum() of what may be floats", "math.fsum"),
    ("t = sum(values)", 1, "sum()", "math.fsum"),
    ("h = hash('x')", 1, "hash()", "a key of your own"),
    ("i = id(x)", 1, "id()", "the entity's number"),
    ("open('f')", 1, "open()", "world.ask"),
    ("eval('1')", 1, "eval()", "a function"),
    ("for x in {1, 2}:\n    pass", 1, "the order of a set", "sorted"),
    ("[x for x in set(y)]", 1, "the order of a set", "sorted"),
    ("{x: 1 for x in frozenset(y)}", 1, "the order of a set", "sorted"),
    ("list({x for x in y})", 1, "the order of a set", "sorted"),
    ("next(iter({1}))", 1, "the order of a set", "sorted"),
    ("f(*{1, 2})", 1, "the order of a set", "sorted"),
    ("','.join({'a', 'b'})", 1, "the order of a set", "sorted"),
    ("a, b = {1, 2}", 1, "the order of a set", "sorted"),
    ("for x in a.keys() & b:\n    pass", 1, "the order of a set", "sorted"),
    ("list(b - a.items())", 1, "the order of a set", "sorted"),
    ("def f():\n    seen = set()\n    for x in seen:\n        pass", 3, "the order of a set", "sorted"),
    ("def f(seen: set[int]):\n    return list(seen)", 2, "the order of a set", "sorted"),
    ("def f(seen: set[int]):\n    return seen.pop()", 2, "the order of a set", "sorted"),
    (
        "NAMES = {'a', 'b'}\ndef f():\n    return [x for x in NAMES - {'a'}]",
        3,
        "the order of a set",
        "sorted",
    ),
    (
        "class A:\n    def f(self):\n        return [x for x in {1} | self.y]",
        3,
        "the order of a set",
        "sorted",
    ),
]

ALLOWED = [
    "import random",
    "import math\nmath.sqrt(2) + math.hypot(1, 2) + math.fmod(3, 2) + math.pi",
    "from tickroom import maths\nmaths.sin(1)",
    "from tickroom.maths import sin, atan2\nsin(1) + atan2(1, 2)",
    "def f(world):\n    return world.random.uniform(0, 1)",
    "def f(world, time):\n    return time.time",
    "x = 2 ** 3\ny = x ** 2",
    "pow(3, 2, 7)",
    "sum(1 for x in y)",
    "sum(len(x) for x in y)",
    "sum(x.alive > 0 for x in y)",
    "sum(int(x) for x in y)",
    "sum([1, 2, 3])",
    "sum(range(4))",
    "import math\nmath.fsum(values)",
    "1 in {1, 2}",
    "sorted({1, 2})",
    "len(set(x))",
    "for x in a.keys():\n    pass",
    "sorted(a.keys() - b.keys())",
    "for x in sorted(set(y)):\n    pass",
    "sorted(x.name for x in {1, 2})",
    "any(x > 1 for x in {1, 2})",
    "for x in {1: 2}:\n    pass",
    "def f(seen):\n    seen = list(seen)\n    for x in seen:\n        pass",
    "NAMES = {1}\ndef f(NAMES):\n    return list(NAMES)",
    "a = {1}\na = [1]\nfor x in a:\n    pass",
    "items = []\nitems.pop()",
    "def hash(x):\n    return 1\nhash(3)",
    "for x in {1, 2}:  # deterministic: only counted\n    pass",
    "from . import rules\nrules.random()",
    "from datetime import timedelta\ntimedelta(seconds=1)",
]


@pytest.mark.parametrize(("source", "line", "what", "instead"), REFUSED)
def test_what_is_not_deterministic_is_found(source: str, line: int, what: str, instead: str) -> None:
    """Each is found once, at its line, with its name and what to write instead."""
    found = findings(source, "game.py")
    assert [finding.line for finding in found] == [line]
    assert what in found[0].what and instead in found[0].instead
    assert str(found[0]).startswith(f"game.py:{line}: ")


@pytest.mark.parametrize("source", ALLOWED)
def test_what_is_deterministic_is_let_through(source: str) -> None:
    """Nothing is found in code whose result is the same everywhere."""
    assert findings(source, "game.py") == []


def test_several_findings_come_by_line() -> None:
    """All places are told at once, in the order of the file."""
    source = "import time, math\nb = math.sin(1)\na = time.time()\n"
    assert [finding.line for finding in findings(source, "g.py")] == [2, 3]


def test_a_syntax_error_is_raised_with_its_place() -> None:
    """A file that is no Python raises SyntaxError with file and line, for the loader to say."""
    with pytest.raises(SyntaxError) as refused:
        findings("x = 1\ny = (", "game.py")
    assert (refused.value.filename, refused.value.lineno) == ("game.py", 2)


def test_what_is_allowed_of_math_exists() -> None:
    """The table of exact functions names only what `math` has."""
    assert {name for name in EXACT_MATH if not hasattr(math, name)} == set()


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "app").glob("*.py")), ids=lambda path: path.name
)
def test_any_source_can_be_read(path: Path) -> None:
    """Real code of any shape is read to the end and gives findings inside the file."""
    source = path.read_text(encoding="utf-8")
    count = len(source.splitlines())
    assert all(1 <= finding.line <= count for finding in findings(source, path.name))


NAMES = st.sampled_from(["random", "time", "math", "set", "x", "sum", "hash"])


@given(st.lists(NAMES, min_size=1, max_size=6).map(".".join), NAMES)
def test_no_expression_makes_the_reader_fail(expression: str, name: str) -> None:
    """Any dotted use of any name gives a list of findings."""
    source = f"import {name}\nfor each in {expression}({name}):\n    {expression} ** 2\n"
    ast.parse(source)
    assert all(isinstance(finding, Finding) for finding in findings(source, "g.py"))
