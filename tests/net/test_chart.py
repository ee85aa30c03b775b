"""The room's state chart: built-in states, a game's states below them, and documents that are refused."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.rooms.chart import ChartError, IllegalEvent, RoomChart, compile_chart
from net.rooms.chart_document import BUILT_IN_EVENTS, MAX_DEPTH, MAX_STATES, ChartDocument, read_document
from tests.effort import examples

FOOTBALL: dict[str, Any] = {
    "states": {
        "running.iterating": {
            "initial": "warmup",
            "states": {
                "match": {"states": {"first": {}, "second": {}}},
                "warmup": {"states": {"first": {}}},
            },
        },
        "running.paused.host": {"states": {"asked": {}, "agreed": {}}},
    },
    "events": ["kick_off", "half_time", "agree"],
    "transitions": [
        {"event": "kick_off", "from": "running.iterating", "to": "running.iterating.match"},
        {
            "event": "half_time",
            "from": "running.iterating.match.first",
            "to": "running.iterating.match.second",
        },
        {"event": "agree", "from": "running.paused.host.asked", "to": "running.paused.host.agreed"},
    ],
}
COMPILED = compile_chart(FOOTBALL)


def sent(chart: RoomChart, *events: str) -> str:
    for event in events:
        chart.send(event)
    return chart.state


def changed(**parts: Any) -> dict[str, Any]:
    """A copy of the football document with top-level parts replaced."""
    return {**json.loads(json.dumps(FOOTBALL)), **parts}


def test_a_room_begins_in_setup() -> None:
    """A new chart rests in setup.organizing."""
    assert RoomChart().state == "setup.organizing"


def test_a_match_goes_its_way_and_returns_to_setup() -> None:
    """The built-in events lead through every built-in state and back to setup for a rematch."""
    chart = RoomChart()
    steps = {
        "ready": "setup.ready",
        "start": "running.iterating",
        "lag": "running.paused.lagging",
        "pause": "running.paused.host",
        "desync": "running.paused.desynced",
        "resume": "running.iterating",
        "finish": "setup.organizing",
    }
    assert {event: chart.send(event) for event in steps} == steps


def test_an_illegal_event_is_an_error_that_names_what_is_allowed_and_changes_nothing() -> None:
    """Sending what the state does not know raises IllegalEvent and leaves the state and the detail alone."""
    chart = RoomChart()
    chart.send("ready", "all here")
    with pytest.raises(IllegalEvent, match="'lag' is no event of 'setup.ready'; allowed now: unready, start"):
        chart.send("lag", "nobody")
    assert (chart.state, chart.detail) == ("setup.ready", "all here")


def test_an_unknown_event_is_an_error() -> None:
    """An event that no part of the chart names raises IllegalEvent, also one that is an attribute of the library."""
    for event in ("explode", "send", "model", "e0", "__initial__"):
        with pytest.raises(IllegalEvent):
            RoomChart().send(event)


def test_the_detail_goes_with_the_state() -> None:
    """The sentence given with an event stays until the next event."""
    chart = RoomChart()
    sent(chart, "start")
    chart.send("lag", "waiting for Ada")
    assert chart.detail == "waiting for Ada"
    chart.send("resume")
    assert chart.detail == ""


def test_allowed_is_exactly_what_send_takes() -> None:
    """In every state reached, each event is taken if and only if `allowed` lists it."""
    events = [*BUILT_IN_EVENTS, *FOOTBALL["events"]]
    waiting, seen = [RoomChart(COMPILED).save()], set()
    while waiting:
        saved = waiting.pop()
        if saved["state"] in seen:
            continue
        seen.add(saved["state"])
        for event in events:
            chart = RoomChart(COMPILED)
            chart.load(saved)
            if event in chart.allowed:
                chart.send(event)
                waiting.append(chart.save())
            else:
                with pytest.raises(IllegalEvent):
                    chart.send(event)
    assert len(seen) == 9


def test_a_games_states_hang_below_the_built_in_leaves() -> None:
    """Starting enters the game's initial state, and the game's own events move between its states."""
    chart = RoomChart(COMPILED)
    assert sent(chart, "start") == "running.iterating.warmup.first"
    assert sent(chart, "kick_off") == "running.iterating.match.first"
    assert sent(chart, "half_time") == "running.iterating.match.second"
    assert chart.within("running") and chart.within("running.iterating.match") and not chart.within("run")


def test_equal_names_under_two_parents_are_two_states() -> None:
    """`match.first` and `warmup.first` are told apart, which the library alone does not do."""
    chart = RoomChart(COMPILED)
    sent(chart, "start")
    with pytest.raises(IllegalEvent):
        chart.send("half_time")


def test_a_pause_resumes_where_the_game_was() -> None:
    """After a pause the innermost game state is current again; after a finish the game begins anew."""
    chart = RoomChart(COMPILED)
    second = sent(chart, "start", "kick_off", "half_time")
    assert sent(chart, "pause", "agree", "resume") == second
    assert sent(chart, "finish", "start") == "running.iterating.warmup.first"


def test_a_saved_chart_continues_as_the_first_would() -> None:
    """save and load carry the state, the detail and the place where a pause resumes."""
    chart = RoomChart(COMPILED)
    sent(chart, "start", "kick_off", "half_time")
    chart.send("pause", "tea")
    saved = msgspec.json.decode(msgspec.json.encode(chart.save()), type=dict[str, str])
    restored = RoomChart(COMPILED)
    restored.load(saved)
    assert (restored.state, restored.detail) == ("running.paused.host.asked", "tea")
    assert restored.send("resume") == "running.iterating.match.second"


@pytest.mark.parametrize("state", ["running", "running.iterating.nowhere", "", "s3"])
def test_a_saved_state_that_is_no_more_is_refused(state: str) -> None:
    """Loading a state that no room of this game can rest in raises and names it."""
    with pytest.raises(ChartError, match="no state that a room"):
        RoomChart(COMPILED).load({"state": state or "x", "detail": "", "resumes": ""})


def test_rooms_of_one_game_do_not_share_their_state() -> None:
    """Two charts of one compiled document move independently."""
    one, two = RoomChart(COMPILED), RoomChart(COMPILED)
    sent(one, "start")
    assert two.state == "setup.organizing"


def test_names_of_the_library_are_ordinary_names_in_a_document() -> None:
    """States and events called like attributes of the library's machine work, as ids are generated."""
    names = ["send", "model", "states", "name", "events", "configuration", "s0", "e0", "h0", "raise_"]
    ring = [
        {"event": "add_listener", "from": f"setup.ready.{name}", "to": f"setup.ready.{after}"}
        for name, after in zip(names, [*names[1:], names[0]], strict=True)
    ]
    document = {
        "states": {"setup.ready": {"states": {name: {} for name in names}}},
        "events": ["add_listener"],
        "transitions": ring,
    }
    chart = RoomChart(compile_chart(document))
    sent(chart, "ready")
    visited = [chart.send("add_listener").rpartition(".")[2] for _ in names]
    assert visited == [*names[1:], names[0]]


def test_the_largest_document_compiles() -> None:
    """As many states as are allowed work, one more is refused."""

    def chain(count: int) -> dict[str, Any]:
        return {
            "states": {"running.iterating": {"states": {f"s{index}": {} for index in range(count)}}},
            "events": ["next"],
            "transitions": [
                {"event": "next", "from": f"running.iterating.s{n}", "to": f"running.iterating.s{n + 1}"}
                for n in range(count - 1)
            ],
        }

    chart = RoomChart(compile_chart(chain(MAX_STATES)))
    assert sent(chart, "start", *["next"] * (MAX_STATES - 1)) == f"running.iterating.s{MAX_STATES - 1}"
    with pytest.raises(ChartError, match=f"more than {MAX_STATES} states"):
        compile_chart(chain(MAX_STATES + 1))


def nested(levels: int) -> dict[str, Any]:
    node: dict[str, Any] = {}
    for _ in range(levels):
        node = {"states": {"inner": node}}
    return {"states": {"setup.ready": node}}


def test_depth_is_bounded() -> None:
    """The deepest allowed nesting compiles, one level more is refused, and a very deep one cannot exhaust the stack."""
    compile_chart(nested(MAX_DEPTH))
    for levels in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(ChartError, match="nest deeper"):
            compile_chart(nested(levels))


TRANSITION = FOOTBALL["transitions"][0]
BAD: list[tuple[Any, str]] = [
    (["states"], "the document: an object"),
    (changed(script="x"), "the document: unknown key 'script'; allowed: states, events, transitions"),
    (changed(datamodel={}), "the document: unknown key 'datamodel'"),
    (changed(states={"running": {"states": {"a": {}}}}), "states: 'running' is no built-in leaf"),
    (changed(states={"setup.ready": {}}), "it adds no states"),
    (changed(states={"setup.ready": {"states": {"Big": {}}}}), "'Big' is no name; allowed: 1 to 32 of a-z"),
    (changed(states={"setup.ready": {"states": {"a" * 33: {}}}}), "is no name"),
    (changed(states={"setup.ready": {"states": {"paused": {}}}}), "'paused' is built in and reserved"),
    (
        changed(states={"setup.ready": {"states": {"a": {"invoke": "x"}}}}),
        r"states\['a'\]: unknown key 'invoke'",
    ),
    (
        changed(states={"setup.ready": {"initial": "b", "states": {"a": {}}}}),
        "'b' is no state here; there are: a",
    ),
    (changed(states={"setup.ready": {"states": {1: {}}}}), "text keys"),
    (changed(states={"setup.ready": {"states": {"a": {"initial": 3}}}}), r"\.initial: the name of a child"),
    (changed(states=[]), "states: an object"),
    (changed(events="kick_off"), "events: a list of names"),
    (changed(events=["kick_off", "kick_off"]), r"events\[1\]: 'kick_off' is there twice"),
    (changed(events=["start"]), r"events\[0\]: 'start' is built in and reserved"),
    (changed(events=["kick_off", "unused"]), r"events\[1\]: no transition is taken on 'unused'"),
    (changed(events=["kick_off", "half_time"]), r"transitions\[2\].event: 'agree' is not in events"),
    (changed(transitions={}), "transitions: a list"),
    (changed(transitions=[{"from": "a", "to": "b"}]), r"transitions\[0\]: no event"),
    (changed(transitions=[{**TRANSITION, "event": None}]), r"transitions\[0\].event: a name"),
    (changed(transitions=[{**TRANSITION, "cond": "x > 1"}]), r"transitions\[0\]: unknown key 'cond'"),
    (changed(transitions=[{**TRANSITION, "event": "pause"}]), "no transition is taken on 'kick_off'"),
    (
        changed(transitions=[*FOOTBALL["transitions"], TRANSITION]),
        r"transitions\[3\]: transitions\[0\] already",
    ),
    (
        changed(transitions=[*FOOTBALL["transitions"], {**TRANSITION, "to": "setup.ready"}]),
        r"transitions\[3\].to: 'setup.ready' is no state of this document",
    ),
    (
        changed(transitions=[*FOOTBALL["transitions"], {**TRANSITION, "to": "running.iterating"}]),
        r"transitions\[3\].to: 'running.iterating' is built in",
    ),
    (
        changed(transitions=[*FOOTBALL["transitions"], {**TRANSITION, "to": "running.paused.host.asked"}]),
        r"transitions\[3\]: it leads out of 'running.iterating'",
    ),
    (
        changed(transitions=FOOTBALL["transitions"][:2], events=["kick_off", "half_time"]),
        "can never be entered",
    ),
]


@pytest.mark.parametrize(("document", "message"), BAD)
def test_a_wrong_document_is_refused_with_its_place(document: Any, message: str) -> None:
    """Each mistake raises ChartError whose message begins with the place and says what is allowed."""
    with pytest.raises(ChartError, match=message):
        compile_chart(document)


def test_a_game_cannot_take_over_a_built_in_event() -> None:
    """A document that leaves a state on a built-in event is refused, declared or not."""
    hijack = {"event": "finish", "from": "running.iterating", "to": "running.iterating.warmup"}
    transitions = [*FOOTBALL["transitions"], hijack]
    for events in (FOOTBALL["events"], [*FOOTBALL["events"], "finish"]):
        with pytest.raises(ChartError, match="finish"):
            compile_chart(changed(transitions=transitions, events=events))


def test_the_document_has_a_json_schema() -> None:
    """The JSON schema of a document can be generated and allows no further keys."""
    schema = msgspec.json.schema(ChartDocument)
    assert schema["$defs"]["ChartDocument"]["additionalProperties"] is False


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["a", "b", "kick", "setup.ready", "setup.ready.a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["states", "initial", "events", "transitions", "event", "from", "to", "a", "setup.ready"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@examples(300)
@given(PLAIN)
def test_only_chart_errors_escape(document: object) -> None:
    """Whatever plain data a document is, it is read or refused with ChartError, and what is read compiles."""
    try:
        read_document(document)
    except ChartError:
        return
    RoomChart(compile_chart(document))
