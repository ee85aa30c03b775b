"""Finds in a game's shared rules what would differ between two runs, two machines or CPython and the browser's Python.

Only what is visible in the syntax tree is found: calls and set iteration, not what hides behind a variable of another
function. The determinism test (two processes, different PYTHONHASHSEED) is there for the rest. What CPython 3.11 and
Pyodide's 3.14 differ in was measured: `sum()` of floats, `hash()`, math.sin and its kind, `x ** 0.5`.

A line that is right for a reason that cannot be seen here ends in `# deterministic: the reason`.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.games.set_order import set_order

EXEMPT = re.compile(r"#\s*deterministic:\s*\S")

EXACT_MATH = frozenset((
    "sqrt", "isqrt", "hypot", "dist", "fmod", "remainder", "floor", "ceil", "trunc", "fabs", "copysign", "modf", "frexp",
    "ldexp", "nextafter", "ulp", "fsum", "prod", "gcd", "lcm", "comb", "perm", "factorial", "isclose", "isfinite",
    "isinf", "isnan", "degrees", "radians", "pi", "tau", "e", "inf", "nan",
))  # fmt: skip
"""What of `math` gives the same bits everywhere: IEEE 754 asks for it, or it is made of such."""

MODULES: dict[str, str] = {
    **dict.fromkeys(("random", "secrets", "uuid"), "world.random, or world.predicted_random in predicted systems"),
    **dict.fromkeys(("time", "sched"), "world.tick and dt"),
    **dict.fromkeys(("threading", "_thread", "multiprocessing", "concurrent", "asyncio", "signal"), "a system"),
    **dict.fromkeys(
        (
            "os", "io", "pathlib", "shutil", "tempfile", "glob", "fileinput", "sqlite3", "dbm", "shelve", "pickle",
            "subprocess", "socket", "ssl", "select", "selectors", "socketserver", "http", "urllib", "ftplib", "smtplib",
            "platform", "locale", "getpass", "sys", "resource", "sysconfig",
        ),
        "world.ask, answered in server/",
    ),
    **dict.fromkeys(("ctypes", "gc", "weakref", "inspect"), "plain components"),
    "numpy": "plain floats: numpy is not in the browser's engine",
    "cmath": "tickroom.maths",
    "statistics": "math.fsum",
}  # fmt: skip
"""Modules whose use is no part of a rule, and what is. Importing one costs nothing; using it is what is refused."""

BUILTINS: dict[str, str] = {
    "hash": "a key of your own: hash() has 64 bits here and 32 in the browser, and differs with PYTHONHASHSEED",
    "id": "the entity's number",
    "open": "world.ask, answered in server/",
    "input": "game.input",
    "eval": "a function",
    "exec": "a function",
    "__import__": "an import",
    "globals": "components or resources",
    "vars": "the component's fields",
}
DATES = frozenset(("now", "today", "utcnow", "fromtimestamp"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that is not deterministic, and what to write instead."""

    file: str
    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} is not deterministic; use {self.instead}"


def findings(source: str, file: str) -> list[Finding]:
    """Everything in a source file that its game's shared rules may not do, by line. Raises SyntaxError."""
    tree = ast.parse(source, file)
    lines = source.splitlines()
    found = sorted(set(_Reader(tree).read()))
    return [
        Finding(file, line, what, instead)
        for line, what, instead in found
        if not EXEMPT.search(lines[line - 1])
    ]


class _Reader:
    """Walks one module. `names` maps a local name to the dotted name that it was imported as."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.names: dict[str, str] = {}
        for node in ast.walk(tree):
            self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                self.names[bound] = alias.name if alias.asname else bound
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                self.names[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def read(self) -> Iterator[tuple[int, str, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                yield from self._star(node)
            elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield from self._name(node)
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow):
                yield from self._power(node)
        yield from set_order(self.tree)

    def _dotted(self, node: ast.AST) -> str:
        """The imported dotted name that an expression such as `r.random` stands for, or ""."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, "")
        if isinstance(node, ast.Attribute):
            inner = self._dotted(node.value)
            return f"{inner}.{node.attr}" if inner else ""
        return ""

    def _star(self, node: ast.ImportFrom) -> Iterator[tuple[int, str, str]]:
        module = node.module or ""
        everything = node.level == 0 and any(alias.name == "*" for alias in node.names)
        if everything and module.partition(".")[0] in {*MODULES, "math", "datetime"}:
            yield node.lineno, f"from {module} import *", "imports by name"

    def _name(self, node: ast.Name | ast.Attribute) -> Iterator[tuple[int, str, str]]:
        dotted = self._dotted(node)
        module, _, rest = dotted.partition(".")
        if not rest:
            return
        if module in MODULES:
            yield node.lineno, ".".join(dotted.split(".")[:2]), MODULES[module]
        elif module == "math" and "." not in rest and rest not in EXACT_MATH:
            yield node.lineno, dotted, f"tickroom.maths ({rest} of the C library differs)"
        elif module == "datetime" and rest.rpartition(".")[2] in DATES:
            yield node.lineno, dotted, "world.tick"

    def _call(self, node: ast.Call) -> Iterator[tuple[int, str, str]]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if not name or name in self.names or name in self._defined():
            return
        if name in BUILTINS:
            yield node.lineno, f"{name}()", BUILTINS[name]
        elif name == "sum" and not _whole(node.args):
            yield node.lineno, "sum() of what may be floats", "math.fsum, or sum(int(...) for ...)"
        elif name == "pow" and len(node.args) == 2 and _fraction(node.args[1]):
            yield node.lineno, "pow() with a fraction", "math.sqrt, or products"

    def _defined(self) -> set[str]:
        """Names that the module binds itself, which are then not the built-in functions."""
        if not hasattr(self, "_own"):
            kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
            self._own = {node.name for node in ast.walk(self.tree) if isinstance(node, kinds)}
        return self._own

    @staticmethod
    def _power(node: ast.BinOp | ast.AugAssign) -> Iterator[tuple[int, str, str]]:
        exponent = node.right if isinstance(node, ast.BinOp) else node.value
        if _fraction(exponent):
            yield node.lineno, f"** {ast.unparse(exponent)}", "math.sqrt, or products"


def _fraction(node: ast.AST) -> bool:
    """Whether an exponent is visibly a float: `0.5`, `-1.5`, `1 / 3`."""
    if isinstance(node, ast.UnaryOp):
        return _fraction(node.operand)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Div) or _fraction(node.left) or _fraction(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def _whole(arguments: list[ast.expr]) -> bool:
    """Whether what `sum` adds is visibly whole numbers: `1 for ...`, `len(x) for ...`, `x > 3 for ...`, `int(x) for ...`."""
    if not arguments:
        return True
    added = arguments[0]
    if isinstance(added, ast.GeneratorExp | ast.ListComp):
        return _is_whole(added.elt)
    if isinstance(added, ast.List | ast.Tuple):
        return all(_is_whole(each) for each in added.elts)
    return isinstance(added, ast.Call) and isinstance(added.func, ast.Name) and added.func.id == "range"


def _is_whole(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=int()) | ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call(func=ast.Name(id="len" | "int" | "bool" | "ord")):
            return True
        case ast.BinOp(
            left=left, right=right, op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod()
        ):
            return _is_whole(left) and _is_whole(right)
        case ast.UnaryOp(operand=operand):
            return _is_whole(operand)
        case ast.IfExp(body=body, orelse=orelse):
            return _is_whole(body) and _is_whole(orelse)
        case _:
            return False
