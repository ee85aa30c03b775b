"""What native clients with a window have of the facade: pictures, pointing, networks to try, and rows for an overlay."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from net.client.core import ClientCore
from net.client.debug import debug_rows
from net.client.errors import LocalProtocolError
from net.client.events import Disconnected, Ticked, Welcomed
from net.client.inputs import InputState
from net.conditions import PERFECT, PRESETS, Network
from net.drivers.asyncio_client import AsyncioClient
from net.drivers.virtual import VirtualRoom
from net.errors import RemoteProtocolError
from net.protocol import AXIS_SCALE, CloseReason, InputSchema
from tests.client.room_server import RoomServer, room_server
from tests.mods.loading import load


def with_client(
    scenario: Callable[[RoomServer, AsyncioClient], Awaitable[None]], network: Network | None = None
) -> None:
    """Run a scenario with a server and a player on it, within a minute."""

    async def run() -> None:
        async with asyncio.timeout(60.0), room_server() as server:
            core = ClientCore(server.seat("Ada"))
            async with AsyncioClient(server.url, core, network=network) as client:
                await scenario(server, client)

    asyncio.run(run())


def test_pictures_have_all_that_happened_and_end_with_the_connection() -> None:
    """The welcome is in the first, ticks in those after it, why it ended in the last; a picture may have nothing."""

    async def scenario(server: RoomServer, client: AsyncioClient) -> None:
        pictures = []
        async for happened in client.frames(200.0):
            pictures.append(happened)
            ticks = sum(isinstance(event, Ticked) for each in pictures for event in each)
            if ticks >= 3 and len(pictures) > 3 and [] in pictures:
                await server.drop(CloseReason.KICKED)
        events = [event for happened in pictures for event in happened]
        assert isinstance(pictures[0][0], Welcomed)
        assert len(pictures) > 3 and [] in pictures
        assert events[-1] == Disconnected(CloseReason.KICKED, "dropped by the test", None)
        assert [happened async for happened in client.frames()] == []

    with_client(scenario)


def test_a_server_that_breaks_the_protocol_ends_the_pictures_with_an_error() -> None:
    """The loop that draws raises it, as the one over events does."""

    async def scenario(server: RoomServer, client: AsyncioClient) -> None:
        await server.say(b"\xc1")
        with pytest.raises(RemoteProtocolError):
            async for _ in client.frames(200.0):
                pass

    with_client(scenario)


def test_networks_are_tried_one_after_another() -> None:
    """From none through all presets and back to none; a client without a simulated network has none to change."""
    network = Network(PERFECT)

    async def through_all(_: RoomServer, client: AsyncioClient) -> None:
        assert [client.next_network() for _ in PRESETS] == list(PRESETS)
        assert network.conditions == PRESETS[client.network_name]
        assert client.next_network() == client.network_name == "none"
        assert network.conditions == PERFECT

    async def without(_: RoomServer, client: AsyncioClient) -> None:
        with pytest.raises(ValueError, match="no simulated network"):
            client.next_network()

    with_client(through_all, network)
    with_client(without)


def test_pointing_sets_two_axes_to_a_direction() -> None:
    """Of any length; nowhere leaves the direction as it was; all at once keys go up and axes to the centre, but those kept."""
    inputs = InputState(InputSchema(["fire", "run"], ["aim_x", "aim_y"], {}))
    inputs.point("aim_x", "aim_y", 30.0, -40.0)
    assert inputs.take(1).axes == [round(0.6 * AXIS_SCALE), round(-0.8 * AXIS_SCALE)]
    inputs.point("aim_x", "aim_y", 0.0, 0.0)
    inputs.hold("fire")
    inputs.hold("run")
    taken = inputs.take(2)
    assert (taken.axes[0], taken.held) == (round(0.6 * AXIS_SCALE), 3)
    inputs.release_all(keep=("aim_y",))
    taken = inputs.take(3)
    assert (taken.held, taken.axes) == (0, [0, round(-0.8 * AXIS_SCALE)])
    inputs.release_all()
    assert inputs.take(4).axes == [0, 0]
    with pytest.raises(LocalProtocolError, match="no axis"):
        inputs.point("move_x", "move_y", 1.0, 0.0)


def test_rows_for_an_overlay() -> None:
    """Whether it predicts or why not, the error, pending inputs, ping; a hint only where there is one."""
    with VirtualRoom(load("arena"), seed=1) as room:
        ada, ben = room.join("Ada", predict=True, latency=50.0), room.join("Ben")
        room.run(60)
        rows = dict(debug_rows(ada.core))
        assert list(rows) == ["prediction", "error", "pending", "ping"]
        assert rows["prediction"] == "on" and rows["ping"].startswith("1")
        assert rows["pending"] == f"{len(ada.core.inputs.pending)} inputs"
        ada.core.prediction.statistics.hint = "corrected all the time"
        assert dict(debug_rows(ada.core))["hint"] == "corrected all the time"
        assert dict(debug_rows(ben.core))["prediction"] == "this client has no rules"
        assert (ada.core.name_of(1), ada.core.name_of(7)) == ("Ben", "")
        assert ada.core.kinds["fighter"].label and not ada.core.kinds["wall"].label
