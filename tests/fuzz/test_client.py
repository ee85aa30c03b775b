"""A hostile server against the client core: only the peer's fault escapes, and the client can be used again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from net.client.core import ClientCore
from net.client.errors import LocalProtocolError
from net.client.states import ClientState
from net.codec import Codec
from net.errors import RemoteProtocolError
from tests.client.scripted import ScriptedServer, entity
from tests.fuzz.messages import codecs, damaged_bytes, encoded, payloads
from tests.fuzz.server_messages import bundles, diffs, messages, privates, snapshots

TICK = "tick"
interval = 50.0


def follow(core: ClientCore, steps: list[Any]) -> None:
    """Feed steps to a core until the server's first fault; use everything that a program would."""
    now = 0.0
    for step in steps:
        now += interval
        try:
            if step == TICK:
                core.tick(now)
            else:
                core.receive(step, now)
        except (RemoteProtocolError, LocalProtocolError):
            break
        core.data_to_send()
        if core.state is ClientState.PLAYING:
            for pose in core.poses(now):
                assert pose.x == pose.x and abs(pose.x) < 1e30 and pose.entity.id >= 0


def comes_back(core: ClientCore, codec: Codec) -> None:
    """After a loss the same core plays on a sound server."""
    core.lost()
    server = ScriptedServer(codec)
    server.client = core
    server.play()
    server.snapshot(entity(0, 10), entity(1, 11))
    server.diff(left=[1])
    assert [seen.id for seen in core.scene] == [10] and not core.scene.stale
    assert server.said(1_000.0).items


@given(data=st.data(), codec=codecs)
def test_nothing_that_a_server_sends_breaks_a_greeting_client(data: st.DataObject, codec: Codec) -> None:
    """Any messages after the hello, damaged or not, from welcomes of impossible games to bundles before one."""
    core = ClientCore("token", codec=codec)
    core.connect()
    follow(core, data.draw(st.lists(payloads(messages, codec) | st.just(TICK), max_size=12)))
    comes_back(core, codec)


@given(data=st.data(), codec=codecs)
def test_nothing_that_a_server_sends_breaks_a_playing_client(data: st.DataObject, codec: Codec) -> None:
    """Bundles of a hostile server on top of a sound game with entities, components and events."""
    server = ScriptedServer(codec)
    core = server.play()
    server.snapshot(entity(0, 10), entity(1, 11, components=[(0, [9])]))
    follow(core, data.draw(st.lists(payloads(bundles.map(list), codec) | st.just(TICK), max_size=12)))
    comes_back(core, codec)


@given(data=st.data(), codec=codecs)
def test_states_on_the_right_base_are_taken_or_refused_whole_by_the_connection(
    data: st.DataObject, codec: Codec
) -> None:
    """Diffs that name the base that is held get past the first check, and are still harmless."""
    server = ScriptedServer(codec)
    core = server.play()
    server.snapshot(entity(0, 1), entity(1, 2), entity(2, 3, components=[(0, [1])]))
    tick = server.tick
    steps = []
    for step in data.draw(
        st.lists(st.one_of(diffs, diffs, privates, snapshots).map(list), min_size=1, max_size=8)
    ):
        state = [2, tick, tick + 1, *step[3:]] if step[0] == 2 else [step[0], tick + 1, *step[2:]]
        tick += 1
        steps.append(encoded([3, tick, 0.0, -1, 0, 0, [state]], codec))
    follow(core, steps)
    comes_back(core, codec)


@given(data=st.data(), codec=codecs)
def test_a_damaged_welcome_is_refused_or_harmless(data: st.DataObject, codec: Codec) -> None:
    """A real welcome with some bytes changed, then a real snapshot."""
    server = ScriptedServer(codec)
    server.client.connect()
    welcome = data.draw(damaged_bytes(codec.encode(server.welcome())))
    follow(server.client, [welcome, TICK])
    comes_back(server.client, codec)
