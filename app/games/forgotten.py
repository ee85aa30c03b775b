"""Finds what a game has forgotten to declare for its prediction: what would be corrected all the time, with nothing to say why.

These are warnings and no refusals: a rule may know better. Only what is visible is found, in functions that a system reaches by
name through the game's own files; a component that hides behind a variable is not.

- a predicted system asks for a component that no client is told and that no predicted rule makes: there it finds no entity;
- a predicted system draws from `world.random`, which clients have not;
- a system of the shared rules reads players' inputs and says nothing of `predicted`: what it does comes a round trip late;
- systems are predicted, and nothing that a client could compute ahead is.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from ecs.declare import ComponentDeclaration, SystemDeclaration
from ecs.game import Game

ASKS = {"query": 0, "index": 0, "get": 1, "try_get": 1, "has": 1, "remove": 1}
"""Methods of a world that name components, and the place of the first."""
Place = tuple[str, int]


@dataclass(frozen=True, slots=True, order=True)
class Forgotten:
    """One thing, and where in the mod."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass(slots=True)
class Uses:
    """What a function does with a world, or it and whatever it reaches of the game's."""

    asks: dict[type, Place] = field(default_factory=dict)
    """Components, and where they are asked for first."""
    makes: set[type] = field(default_factory=set)
    draws: Place | None = None
    """Where `world.random` is used."""
    reads_inputs: bool = False
    knows: bool = False
    """It looks at the side that it runs on."""
    calls: list[FunctionType] = field(default_factory=list)
    """The game's functions that it names."""

    def add(self, other: "Uses", *, knows: bool) -> None:
        """That too; what clients have not only where none on the way to it `knows` the side."""
        if not knows:
            self.asks = other.asks | self.asks
            self.draws = self.draws or other.draws
        self.makes |= other.makes
        self.reads_inputs |= other.reads_inputs


def forgotten(game: Game, sources: Mapping[str, bytes]) -> list[Forgotten]:
    """What the declarations of a game lack, by file and line; `sources` are those of its shared rules, which parse."""
    if not _predicts(game):
        return []
    predicted = [system for system in game.systems.values() if system.predicted]
    names_kinds = game.predicts is not None and bool(game.predicts.kinds)
    shared, uses = _uses(game, sources)
    found = [
        *_unheard_inputs(game, uses, shared),
        *_untold_components(game, predicted, uses),
        *_random_of_the_server(predicted, uses),
    ]
    if predicted and not names_kinds and not any(each.predicted for each in _own(game)):
        sentence = "systems are predicted, and no component is: no client has an entity to compute ahead"
        found.append(Forgotten(predicted[0].file, predicted[0].line, sentence))
    return sorted(found)


def unpredicted(game: Game, sources: Mapping[str, bytes]) -> tuple[Forgotten, ...]:
    """Of a game that predicts nothing: the first system that turns inputs into what players wait for, unless it says
    `predicted=False`. It may well be meant so: for whoever asks, and not for a log."""
    if game.model == "lockstep" or _predicts(game):
        return ()
    shared, uses = _uses(game, sources)
    sentence = "nothing of this game is predicted: what players do shows a round trip late; docs/prediction.md says how"
    late = [system for system in game.systems.values() if _is_late(system, uses, shared)]
    return tuple(Forgotten(system.file, system.line, sentence) for system in late[:1])


def _predicts(game: Game) -> bool:
    """Whether it declares anything of prediction."""
    has_systems = any(each.predicted for each in game.systems.values())
    return game.predicts is not None or has_systems or any(each.predicted for each in _own(game))


def _own(game: Game) -> list[ComponentDeclaration]:
    return [each for each in game.components.values() if not each.built_in]


def _uses(game: Game, sources: Mapping[str, bytes]) -> tuple[dict[str, bytes], dict[str, Uses]]:
    """The sources as imports name files, also where the folder is given as `mods`; and what each system does."""
    shared = {str(Path(file).absolute()): content for file, content in sources.items()}
    reader = _Reader(shared, {each.type for each in _own(game)})
    return shared, {system.name: reader.uses(system.function) for system in game.systems.values()}


def _is_late(system: SystemDeclaration, uses: Mapping[str, Uses], sources: Mapping[str, bytes]) -> bool:
    """Whether it reads inputs, in the shared rules, and the mod does not say whether it is predicted."""
    return not system.decided and system.file in sources and uses[system.name].reads_inputs


def _random_of_the_server(
    predicted: list[SystemDeclaration], uses: Mapping[str, Uses]
) -> Iterator[Forgotten]:
    told: set[Place] = set()
    for system in predicted:
        place = uses[system.name].draws
        if place is None or place in told:
            continue
        told.add(place)
        yield Forgotten(
            *place,
            f"the predicted system {system.name!r} uses world.random, which clients have not: it raises there, and ends the "
            "prediction. Use world.predicted_random(player, world.input(player).tick), or decide it in server/",
        )


def _untold_components(
    game: Game, predicted: list[SystemDeclaration], uses: Mapping[str, Uses]
) -> Iterator[Forgotten]:
    made: set[type] = set()
    for system in predicted:
        made |= uses[system.name].makes
    untold = {
        each.type: each.name
        for each in game.components.values()
        if not each.built_in and not each.predicted and each.replicate is None and each.type not in made
    }
    told: set[type] = set()
    for system in predicted:
        for of, (file, line) in uses[system.name].asks.items():
            if of in untold and of not in told:
                told.add(of)
                yield Forgotten(
                    file,
                    line,
                    f"the predicted system {system.name!r} asks for {untold[of]}, which no client is told: there it finds "
                    "nothing, and is corrected all the time. Declare it predicted=True, or say to whom it is replicated",
                )


def _unheard_inputs(
    game: Game, uses: Mapping[str, Uses], sources: Mapping[str, bytes]
) -> Iterator[Forgotten]:
    for system in game.systems.values():
        if not _is_late(system, uses, sources):
            continue
        yield Forgotten(
            system.file,
            system.line,
            f"the system {system.name!r} reads players' inputs, and clients do not predict it: what it does comes a round "
            "trip late, and corrects what is predicted. Declare it predicted=True, or predicted=False if that is meant",
        )


class _Reader:
    """Follows functions through the shared rules. What a function does that looks at `world.side` is left out: it knows that
    clients are told less."""

    def __init__(self, sources: Mapping[str, bytes], components: set[type]) -> None:
        self._components = components
        self._bodies = {
            (file, line): node
            for file, content in sources.items()
            for line, node in _functions(ast.parse(content, file))
        }
        self._known: dict[Place, Uses] = {}

    def uses(self, function: Any) -> Uses:
        """Of a function of the game's and all that it reaches; nothing of what is not written in its files."""
        whole = Uses()
        waiting, seen = [(function, False)], set[tuple[Place, bool]]()
        while waiting:
            reached, knows = waiting.pop()
            own = self._own(reached)
            knows |= own.knows
            whole.add(own, knows=knows)
            new = {(_place(called), knows): (called, knows) for called in own.calls}
            waiting += [new[each] for each in reversed(new) if each not in seen]
            seen |= new.keys()
        return whole

    def _own(self, function: Any) -> Uses:
        """What is written in a function itself."""
        place = _place(function)
        if place not in self._known:
            uses = self._known[place] = Uses()
            body = self._bodies.get(place)
            if body is not None and isinstance(function, FunctionType):
                self._read(body, function, place[0], uses)
        return self._known[place]

    def _read(self, body: ast.FunctionDef, function: FunctionType, file: str, uses: Uses) -> None:
        worlds = _worlds(body)
        for node in ast.walk(body):
            if isinstance(node, ast.Call):
                self._call(node, function, file, uses)
            elif isinstance(node, ast.Name | ast.Attribute):
                uses.knows |= _is_of(node, "side", worlds)
                if _is_of(node, "random", worlds):
                    uses.draws = uses.draws or (file, node.lineno)
                named = _value(node, function)
                if isinstance(named, FunctionType):
                    uses.calls.append(named)

    def _call(self, node: ast.Call, function: FunctionType, file: str, uses: Uses) -> None:
        called = _value(node.func, function)
        if isinstance(called, type) and called in self._components:
            uses.makes.add(called)
        if not isinstance(node.func, ast.Attribute):
            return
        method = node.func.attr
        uses.reads_inputs |= method == "input" and called is None
        if method in ASKS:
            for argument in node.args[ASKS[method] :]:
                of = _value(argument, function)
                if isinstance(of, type) and of in self._components:
                    uses.asks.setdefault(of, (file, node.lineno))


def _place(function: Any) -> Place:
    """Where a function's code begins."""
    code = getattr(function, "__code__", None)
    return ("", 0) if code is None else (code.co_filename, code.co_firstlineno)


def _worlds(body: ast.FunctionDef) -> set[str]:
    """The names of its parameters that are worlds: those that say so, or the one that is called `world`."""
    parameters = [*body.args.posonlyargs, *body.args.args, *body.args.kwonlyargs]
    return {each.arg for each in parameters if each.arg == "world" or _is_of_world(each.annotation)}


def _is_of_world(annotation: ast.expr | None) -> bool:
    text = "" if annotation is None else ast.unparse(annotation).strip("'")
    return text.rpartition(".")[2] == "World"


def _is_of(node: ast.expr, name: str, worlds: set[str]) -> bool:
    """Whether it is `world.name`."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id in worlds
    )


def _functions(tree: ast.Module) -> Iterator[tuple[int, ast.FunctionDef]]:
    """Every function, by the line that its code object says it begins in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield min([node.lineno, *(each.lineno for each in node.decorator_list)]), node


def _value(node: ast.expr, function: FunctionType) -> Any:
    """What a name, or a name of a module, stands for in a function; None where that is not known before it runs."""
    if isinstance(node, ast.Name):
        names = function.__code__.co_freevars
        if node.id in names and function.__closure__ is not None:
            cell = function.__closure__[names.index(node.id)]
            try:
                return cell.cell_contents
            except ValueError:
                return None  # not bound yet
        return None if node.id in function.__code__.co_varnames else function.__globals__.get(node.id)
    if isinstance(node, ast.Attribute):
        inner = _value(node.value, function)
        return getattr(inner, node.attr, None) if isinstance(inner, ModuleType) else None
    return None
