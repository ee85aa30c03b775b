"""Finds where the order of a set shows: loops, comprehensions, list(...) and its kind, star arguments, pop().

A set of strings iterates differently with every PYTHONHASHSEED, and one of floats or tuples differently in the browser.
"""

import ast
from collections.abc import Iterator

INSTEAD = "sorted(...), or a dict"
ORDER_FREE = frozenset(("sorted", "len", "min", "max", "any", "all", "set", "frozenset", "bool"))
"""Calls that may take a set: their result does not depend on its order."""
ORDER_SHOWS = frozenset(
    ("list", "tuple", "iter", "enumerate", "zip", "map", "filter", "reversed", "sum", "next", "dict")
)


def set_order(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Yields (line, what, what to use instead) for every place of a module where the order of a set shows."""
    yield from _Reader(tree).scope(tree, frozenset())


class _Reader:
    """Walks scopes from the outside in. `free` are generators whose order does not show, as in any(... for ...)."""

    def __init__(self, tree: ast.Module) -> None:
        self.free: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ORDER_FREE:
                self.free |= {id(argument) for argument in node.args}

    def scope(self, scope: ast.AST, outer: frozenset[str]) -> Iterator[tuple[int, str, str]]:
        """One function or module: names that are sets in it, then every use, then the functions inside."""
        inside = list(_own_nodes(scope))
        sets = (outer - _arguments(scope)) | _set_names(scope, inside, outer)
        for node in inside:
            for iterated in self._iterated(node):
                if _is_set(iterated, sets):
                    yield iterated.lineno, "the order of a set", INSTEAD
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                yield from self.scope(node, sets)

    def _iterated(self, node: ast.AST) -> list[ast.expr]:
        match node:
            case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated) | ast.YieldFrom(value=iterated):
                return [iterated]
            case ast.ListComp(generators=generators) | ast.DictComp(generators=generators):
                return [each.iter for each in generators]
            case ast.GeneratorExp(generators=generators):
                return [] if id(node) in self.free else [each.iter for each in generators]
            case ast.Starred(value=value, ctx=ast.Load()):
                return [value]
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in ORDER_SHOWS:
                return arguments
            case ast.Call(func=ast.Attribute(value=value, attr="pop"), args=[]):
                return [value]
            case ast.Call(func=ast.Attribute(attr="join" | "extend" | "fromkeys"), args=[first, *_]):
                return [first]
            case ast.Assign(targets=[ast.Tuple() | ast.List()], value=value):
                return [value]
        return []


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of functions in it (the functions themselves are given)."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _arguments(scope: ast.AST) -> frozenset[str]:
    if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return frozenset()
    arguments = scope.args
    return frozenset(each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def _set_names(scope: ast.AST, inside: list[ast.AST], outer: frozenset[str]) -> frozenset[str]:
    """Names that hold a set in this scope: assigned one, or annotated as one; not those also bound to something else."""
    sets: set[str] = set()
    others: set[str] = set()
    for node in inside:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                (sets if _is_set(value, outer | sets) else others).add(name)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                (sets if _is_set_type(annotation) else others).add(name)
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        for argument in (*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs):
            if argument.annotation is not None and _is_set_type(argument.annotation):
                sets.add(argument.arg)
    return frozenset(sets - others)


def _is_set_type(annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    return isinstance(annotation, ast.Name) and annotation.id in {"set", "frozenset", "Set", "FrozenSet"}


def _is_view(node: ast.expr) -> bool:
    """`d.keys()` and `d.items()` have the order of the dict, and what is computed of them is a set."""
    match node:
        case ast.Call(func=ast.Attribute(attr="keys" | "items"), args=[]):
            return True
        case _:
            return False


def _is_set(node: ast.expr, names: frozenset[str] | set[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Name(id=name):
            return name in names
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Call(func=ast.Attribute(value=value, attr="union" | "intersection" | "difference" | "copy")):
            return _is_set(value, names)
        case ast.BinOp(left=left, right=right, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor()):
            return any(_is_set(each, names) or _is_view(each) for each in (left, right))
        case ast.IfExp(body=body, orelse=orelse):
            return _is_set(body, names) or _is_set(orelse, names)
        case _:
            return False
