"""The state chart of a room: what it is doing, which events change that, and the states that its game adds.

    setup      organizing (initial), ready
    running    iterating (initial), paused: lagging, desynced, host

Run by python-statemachine. Its ids are generated (`s0`, `e0`, `h0`): in 3.2.2 states of equal name under two parents never
transition, and names like `send` or `model` would overwrite the machine. A room asks its chart nothing in a tick:
`state` is a plain attribute that changes when an event is sent.
"""

from dataclasses import dataclass
from typing import Any, cast

from statemachine import HistoryState, State, StateChart
from statemachine.exceptions import TransitionNotAllowed
from statemachine.factory import StateMachineMetaclass
from statemachine.orderedset import OrderedSet

from net.rooms.chart_document import (
    BUILT_IN_EVENTS,
    EMPTY,
    LEAVES,
    ChartDocument,
    ChartError,
    StateNode,
    first_child,
    leaf_of,
    read_document,
)

INITIAL = "setup.organizing"
ITERATING = "running.iterating"
RESUMED = "the state in which iterating was left"
"""A target: back to the game's innermost state below `running.iterating`, as it was before the pause."""

BUILT_IN: tuple[tuple[str, str, str], ...] = (
    ("ready", "setup.organizing", "setup.ready"),
    ("unready", "setup.ready", "setup.organizing"),
    ("start", "setup", "running"),
    ("lag", "running.iterating", "running.paused.lagging"),
    ("pause", "running.iterating", "running.paused.host"),
    ("pause", "running.paused.lagging", "running.paused.host"),
    ("desync", "running.iterating", "running.paused.desynced"),
    ("desync", "running.paused.lagging", "running.paused.desynced"),
    ("desync", "running.paused.host", "running.paused.desynced"),
    ("resume", "running.paused", RESUMED),
    ("finish", "running", "setup"),
)
"""(event, from, to). A finished match goes back to `setup.organizing`; a closed room is no state."""


class IllegalEvent(Exception):
    """An event was sent that the current state does not know: our caller's mistake or a player's, never silent."""

    def __init__(self, event: str, state: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{event!r} is no event of {state!r}; allowed now: {', '.join(allowed) or 'none'}")
        self.event, self.state, self.allowed = event, state, allowed


@dataclass(frozen=True, slots=True)
class CompiledChart:
    """A game's chart, compiled once for all of its rooms. `values` maps a dotted path to the library's id, `events` likewise."""

    machine: type[StateChart[Any]]
    values: dict[str, str]
    paths: dict[str, str]
    events: dict[str, str]
    sources: dict[str, tuple[str, ...]]
    history: str
    """The id of the history of `running.iterating`, or empty when the game hangs nothing there."""

    def leaves(self, state: str) -> bool:
        """Whether `state` is a path in which a room can rest (a state without children)."""
        return state in self.values and not any(path.startswith(state + ".") for path in self.values)


class RoomChart:
    """One room's current state: a dotted path such as `running.paused.lagging`, with a sentence about why."""

    __slots__ = ("_around", "_compiled", "_machine", "_state", "detail")

    def __init__(self, compiled: CompiledChart | None = None) -> None:
        self._compiled = compiled or BUILT_IN_CHART
        self._machine = self._compiled.machine()
        self.detail = ""
        self.state = self._read()

    def send(self, event: str, detail: str = "") -> str:
        """Takes the transition for `event` and returns the new state. Raises IllegalEvent and then changes nothing."""
        identifier = self._compiled.events.get(event)
        if identifier is None:
            raise IllegalEvent(event, self.state, self.allowed)
        try:
            self._machine.send(identifier)
        except TransitionNotAllowed:
            raise IllegalEvent(event, self.state, self.allowed) from None
        self.detail = detail
        self.state = self._read()
        return self.state

    def check(self, event: str) -> None:
        """Raises IllegalEvent where `send` would."""
        if event not in self.allowed:
            raise IllegalEvent(event, self.state, self.allowed)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The events that `send` takes now, in the order of the chart."""
        here = self.state + "."
        return tuple(
            event
            for event, sources in self._compiled.sources.items()
            if any(here.startswith(source + ".") for source in sources)
        )

    @property
    def state(self) -> str:
        """Where the room is, as a dotted path."""
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = state
        self._around = frozenset(_ancestry(state))

    def within(self, state: str) -> bool:
        """Whether the room is in `state` or in a state below it."""
        return state in self._around

    def save(self) -> dict[str, str]:
        """The chart as data: the current state, why, and where a pause would resume."""
        compiled = self._compiled
        recorded = self._machine.history_values.get(compiled.history, [])
        innermost = [compiled.paths[state.value] for state in recorded if state.is_atomic]
        return {"state": self.state, "detail": self.detail, "resumes": innermost[0] if innermost else ""}

    def load(self, saved: dict[str, str]) -> None:
        """Puts the chart where `save` found it. Raises ChartError when the game no longer has that state."""
        compiled = self._compiled
        state, resumes = saved["state"], saved.get("resumes", "")
        for path in (state, resumes):
            if path and not compiled.leaves(path):
                raise ChartError(f"{path!r} is no state that a room of this game can be in")
        values = [compiled.values[path] for path in _ancestry(state)]
        self._machine.current_state_value = OrderedSet(values)
        self._machine.history_values = {}
        if resumes and compiled.history:
            below = [path for path in _ancestry(resumes) if path.startswith(ITERATING + ".")]
            states = [self._machine.states_map[compiled.values[path]] for path in below]
            self._machine.history_values[compiled.history] = states
        self.detail, self.state = saved.get("detail", ""), state

    def _read(self) -> str:
        return max((self._compiled.paths[value] for value in self._machine.configuration_values), key=len)


def compile_chart(document: object = None) -> CompiledChart:
    """Compiles a game's document (plain data, or None for the built-in states alone). Raises ChartError.

    About 1 ms for the built-in states; a room's chart is then an instance.
    """
    return _Compiler(EMPTY if document is None else read_document(document)).compile()


class _Compiler:
    """Builds one machine class: states inside out, then transitions."""

    def __init__(self, document: ChartDocument) -> None:
        self.document = document
        self.states: dict[str, State] = {}
        self.history = HistoryState(value="h0", type="deep") if ITERATING in document.states else None

    def compile(self) -> CompiledChart:
        roots = [self._state(root, node, first=root == "setup") for root, node in self._tree().items()]
        transitions = [
            *BUILT_IN,
            *((step.event, step.source, step.target) for step in self.document.transitions),
        ]
        names = [*BUILT_IN_EVENTS, *self.document.events]
        events = {name: f"e{index}" for index, name in enumerate(names)}
        for event, source, target in transitions:
            self.states[source].to(self._target(target), event=events[event])
        values = {path: str(state.value) for path, state in self.states.items()}
        return CompiledChart(
            machine=self._machine({state.id: state for state in roots}),
            values=values,
            paths={value: path for path, value in values.items()},
            events=events,
            sources={
                name: tuple(source for event, source, _ in transitions if event == name) for name in names
            },
            history="h0" if self.history else "",
        )

    def _tree(self) -> dict[str, StateNode]:
        """Built-in states as nodes, with the document's below their leaves."""
        tree: dict[str, Any] = {}
        for leaf in LEAVES:
            *parents, name = leaf.split(".")
            below = tree
            for parent in parents:
                below = below.setdefault(parent, {})
            below[name] = self.document.states.get(leaf, StateNode())
        return {name: _as_node(children) for name, children in tree.items()}

    def _state(self, path: str, node: StateNode, first: bool) -> State:
        initial = first_child(node) if node.states else ""
        children = [
            self._state(f"{path}.{name}", child, name == initial) for name, child in node.states.items()
        ]
        identifier = f"s{len(self.states)}"
        history = [self.history] if self.history and path == ITERATING else []
        for past in history:
            past._set_id("h0")  # noqa: SLF001 - the library has no other way to give an id that is not a name
        state = State(name=path, value=identifier, initial=first, states=children, history=history)
        self.states[path] = state._set_id(identifier)  # noqa: SLF001 - the same
        return state

    def _target(self, target: str) -> State:
        if target == RESUMED:
            return self.history or self.states[ITERATING]
        return self.states[target]

    def _machine(self, roots: dict[str, State]) -> type[StateChart[Any]]:
        """Illegal events raise, errors propagate; trap states are allowed (a last state of a game waits for `finish`)."""
        settings: dict[str, Any] = {
            "allow_event_without_transition": False,
            "catch_errors_as_events": False,
            "validate_trap_states": False,
        }
        machine = StateMachineMetaclass("RoomMachine", (StateChart,), {**settings, **roots})
        return cast("type[StateChart[Any]]", machine)


def _as_node(children: Any) -> StateNode:
    if isinstance(children, StateNode):
        return children
    return StateNode(states={name: _as_node(child) for name, child in children.items()})


def _ancestry(path: str) -> list[str]:
    """`a.b.c` -> `a`, `a.b`, `a.b.c`."""
    parts = path.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


BUILT_IN_CHART = compile_chart()

__all__ = [
    "BUILT_IN_CHART",
    "ChartError",
    "CompiledChart",
    "IllegalEvent",
    "RoomChart",
    "compile_chart",
    "leaf_of",
]
