"""The states that a game adds to a room, as a declarative document, checked before anything runs it.

    {"states": {"running.iterating": {"initial": "warmup", "states": {"warmup": {}, "match": {"states": {...}}}}},
     "events": ["kick_off"],
     "transitions": [{"event": "kick_off", "from": "running.iterating.warmup", "to": "running.iterating.match"}]}

Keys of the outer `states` are built-in leaves; a game's states hang below them, and a game's transitions stay below one
leaf. So a document can neither remove nor redirect a built-in transition: pausing, finishing and starting are the room's.
There are no expressions, scripts, data, invocations or eventless transitions. All limits are in this file.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

MAX_STATES = 256
MAX_EVENTS = 256
MAX_TRANSITIONS = 1024
MAX_DEPTH = 6
"""How deep a game's states may nest below a built-in leaf."""

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
NAME_RULE = "1 to 32 of a-z, 0-9 and _, beginning with a letter"

LEAVES = (
    "setup.organizing",
    "setup.ready",
    "running.iterating",
    "running.paused.lagging",
    "running.paused.desynced",
    "running.paused.host",
)
"""The built-in leaves, that a game's states may hang below."""

BUILT_IN_EVENTS = ("ready", "unready", "start", "lag", "desync", "pause", "resume", "finish")
RESERVED_STATES = frozenset(name for leaf in LEAVES for name in leaf.split("."))


class ChartError(ValueError):
    """A document is wrong; the message begins with the place, as in `transitions[2].to: ...`."""


class StateNode(Struct, frozen=True, forbid_unknown_fields=True):
    """A state: its children by name, and which of them is entered first (the first one unless `initial` says)."""

    initial: str = ""
    states: "dict[str, StateNode]" = {}


class GameTransition(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from", "target": "to"}
):
    """From the state `from` (or any below it) to the state `to`, both dotted paths below one leaf, when `event` is sent."""

    event: str
    source: str
    target: str


class ChartDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole document. `msgspec.json.schema(ChartDocument)` is its JSON schema; `read_document` checks the rest."""

    states: dict[str, StateNode] = {}
    events: list[str] = []
    transitions: list[GameTransition] = []

    def paths(self) -> Iterator[tuple[str, StateNode]]:
        """Yields (dotted path, node) of the leaves that are named and of every state below them, parents first."""
        for leaf, node in self.states.items():
            yield from walk(leaf, node)


EMPTY = ChartDocument()


def walk(path: str, node: StateNode) -> Iterator[tuple[str, StateNode]]:
    yield path, node
    for name, child in node.states.items():
        yield from walk(f"{path}.{name}", child)


def read_document(source: object) -> ChartDocument:
    """Turns plain data (as from JSON) into a checked document. Raises ChartError, which names the place."""
    outer = _mapping(source, "the document", ChartDocument)
    states = {
        leaf: _node(child, f"states[{leaf!r}]", 0)
        for leaf, child in _mapping(outer.get("states", {}), "states").items()
    }
    document = ChartDocument(states, *(_lists(outer)))
    _check_states(document)
    _check_events(document)
    _check_transitions(document)
    _check_reachable(document)
    return document


def _mapping(value: object, place: str, fields_of: type[Struct] | None = None) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ChartError(f"{place}: an object with text keys is expected, not {type(value).__name__}")
    allowed = [field.encode_name for field in msgspec.structs.fields(fields_of)] if fields_of else list(value)
    for key in value:
        if key not in allowed:
            raise ChartError(f"{place}: unknown key {key!r}; allowed: {', '.join(allowed)}")
    return value


def _node(value: object, place: str, depth: int) -> StateNode:
    """Depth is checked on the way down, so that no document can exhaust the stack."""
    if depth > MAX_DEPTH:
        raise ChartError(f"{place}: states nest deeper than {MAX_DEPTH} levels below a built-in state")
    fields = _mapping(value, place, StateNode)
    initial = fields.get("initial", "")
    if not isinstance(initial, str):
        raise ChartError(f"{place}.initial: the name of a child state is expected")
    inner = _mapping(fields.get("states", {}), f"{place}.states")
    if len(inner) > MAX_STATES:
        raise ChartError(f"{place}.states: more than {MAX_STATES} states")
    children = {}
    for name, child in inner.items():
        _check_name(name, f"{place}.states", RESERVED_STATES)
        children[name] = _node(child, f"{place}.states[{name!r}]", depth + 1)
    if initial and initial not in children:
        raise ChartError(f"{place}.initial: {initial!r} is no state here; there are: {_list(children)}")
    return StateNode(initial, children)


def _lists(outer: dict[str, Any]) -> tuple[list[str], list[GameTransition]]:
    events = outer.get("events", [])
    if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
        raise ChartError("events: a list of names is expected")
    transitions = outer.get("transitions", [])
    if not isinstance(transitions, list):
        raise ChartError("transitions: a list is expected")
    for place, limit, items in (
        ("events", MAX_EVENTS, events),
        ("transitions", MAX_TRANSITIONS, transitions),
    ):
        if len(items) > limit:
            raise ChartError(f"{place}: more than {limit}")
    return events, [_transition(item, f"transitions[{index}]") for index, item in enumerate(transitions)]


def _transition(value: object, place: str) -> GameTransition:
    fields = _mapping(value, place, GameTransition)
    if "event" not in fields:
        raise ChartError(f"{place}: no event; a transition without an event is not taken by any room")
    for key in ("event", "from", "to"):
        if not isinstance(fields.get(key), str):
            raise ChartError(f"{place}.{key}: a name is expected")
    return GameTransition(fields["event"], fields["from"], fields["to"])


def _check_name(name: str, place: str, reserved: Iterable[str]) -> None:
    if not NAME.match(name):
        raise ChartError(f"{place}: {name[:64]!r} is no name; allowed: {NAME_RULE}")
    if name in reserved:
        raise ChartError(f"{place}: {name!r} is built in and reserved")


def _check_states(document: ChartDocument) -> None:
    for leaf, node in document.states.items():
        if leaf not in LEAVES:
            raise ChartError(f"states: {leaf[:64]!r} is no built-in leaf; allowed: {', '.join(LEAVES)}")
        if not node.states:
            raise ChartError(f"states[{leaf!r}]: it adds no states")
    count = sum(1 for _ in document.paths()) - len(document.states)
    if count > MAX_STATES:
        raise ChartError(f"states: {count} states; allowed: at most {MAX_STATES}")


def _check_events(document: ChartDocument) -> None:
    used = {transition.event for transition in document.transitions}
    for index, event in enumerate(document.events):
        _check_name(event, f"events[{index}]", BUILT_IN_EVENTS)
        if event in document.events[:index]:
            raise ChartError(f"events[{index}]: {event!r} is there twice")
        if event not in used:
            raise ChartError(f"events[{index}]: no transition is taken on {event!r}")


def _check_transitions(document: ChartDocument) -> None:
    known = {path for path, _ in document.paths()}
    seen: dict[tuple[str, str], int] = {}
    for index, transition in enumerate(document.transitions):
        place = f"transitions[{index}]"
        if transition.event not in document.events:
            raise ChartError(f"{place}.event: {transition.event[:64]!r} is not in events")
        for key, path in (("from", transition.source), ("to", transition.target)):
            if path not in known:
                raise ChartError(f"{place}.{key}: {path[:128]!r} is no state of this document")
        if transition.target in LEAVES:
            raise ChartError(
                f"{place}.to: {transition.target!r} is built in; name one of the game's states below it"
            )
        if leaf_of(transition.source) != leaf_of(transition.target):
            raise ChartError(
                f"{place}: it leads out of {leaf_of(transition.source)!r}; only built-in events do that"
            )
        first = seen.setdefault((transition.event, transition.source), index)
        if first != index:
            raise ChartError(
                f"{place}: transitions[{first}] already leaves {transition.source!r} on {transition.event!r}"
            )


def _check_reachable(document: ChartDocument) -> None:
    nodes = dict(document.paths())
    reached: set[str] = set()
    waiting = list(document.states)
    while waiting:
        for path in entered(nodes, waiting.pop()):
            if path in reached:
                continue
            reached.add(path)
            waiting += [step.target for step in document.transitions if step.source == path]
    for path in nodes:
        if path not in reached:
            raise ChartError(f"states: {path!r} can never be entered")


def entered(nodes: dict[str, StateNode], path: str) -> list[str]:
    """The states that entering `path` makes current below its leaf, outermost first: ancestors, itself, initial children."""
    leaf = leaf_of(path)
    steps = path[len(leaf) :].split(".")[1:]
    paths = [leaf]
    for step in steps:
        paths.append(f"{paths[-1]}.{step}")
    while nodes[paths[-1]].states:
        paths.append(f"{paths[-1]}.{first_child(nodes[paths[-1]])}")
    return paths


def first_child(node: StateNode) -> str:
    return node.initial or next(iter(node.states))


def leaf_of(path: str) -> str:
    """The built-in leaf that `path` is or hangs below. Raises ChartError when there is none."""
    for leaf in LEAVES:
        if path == leaf or path.startswith(leaf + "."):
            return leaf
    raise ChartError(f"{path[:128]!r} is below no built-in leaf")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
