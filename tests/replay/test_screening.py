"""Watching a replay: what viewers are shown is what was, at any tick, by whatever way they come to it."""

from collections.abc import Iterator
from io import BytesIO
from math import hypot

import pytest
from msgspec import Raw

from net.client.events import Noticed
from net.codec import JSON, MESSAGEPACK, Codec
from net.errors import RemoteProtocolError
from net.journal.reader import JournalReader
from net.players.seats import RoomFull
from net.protocol import ClientBundle, ClientItem, CloseReason, Command, Input
from net.replay.outline import read_outline
from net.settings import RoomSettings
from net.watching.reel import FileReel
from net.watching.rerun_show import RerunShow
from net.watching.screening import Screening
from tests.replay.test_verify import hosted, recorded
from tests.replay.watcher import Cinema, Scene, Watcher

TICKS, BOTS = 500, 12


def screening(name: str, *, public: bool = False, viewers: int = 4) -> Screening:
    """The recorded game on a screen."""
    reader = JournalReader(BytesIO(recorded(name, TICKS, BOTS)))
    show = RerunShow(FileReel(reader, read_outline(reader)), hosted(name), public=public)
    return Screening(show, settings=RoomSettings(), now=0.0, viewers=viewers, controlled=True)


@pytest.fixture
def cinema(request: pytest.FixtureRequest) -> Iterator[Cinema]:
    """The arena, or the game that is asked for."""
    cinema = Cinema(screening(getattr(request, "param", "arena")))
    yield cinema
    cinema.screening.end(CloseReason.ROOM_ENDED)


@pytest.mark.parametrize("cinema", ["arena", "village"], indirect=True)
@pytest.mark.parametrize("codec", [MESSAGEPACK, JSON])
def test_a_seek_shows_what_a_straight_run_shows(cinema: Cinema, codec: Codec) -> None:
    """Forwards over keyframes and back: the scene is the one of who watched from the beginning."""
    straight, seeker = cinema.watch("straight", codec), cinema.watch("seeker", codec)
    scenes: dict[int, Scene] = {}
    while straight.playback.speed and len(scenes) < 450:
        cinema.run()
        scenes[straight.core.server_tick] = straight.scene()
    assert len(scenes) == 450
    for tick in (430, 37, 399, 400, 401, 38):
        assert seeker.ask("put", "playback", {"playing": False}).status == 200
        assert seeker.ask("put", "playback/tick", {"tick": tick}).status == 202
        cinema.run(2)
        assert seeker.playback.goal == -1
        assert (seeker.playback.tick, seeker.core.server_tick) == (tick, tick)
        check_alike(seeker, scenes[tick])


def check_alike(seeker: Watcher, scene: Scene) -> None:
    """Who comes by a jump does not see what others still see for having come from nearer (`interest.HYSTERESIS`)."""
    shown = seeker.scene()
    assert {entity: scene[entity] for entity in shown} == shown
    own = next((entity for entity in seeker.core.scene if entity.owner == seeker.playback.follow), None)
    radius = seeker.cinema.screening.show.hosted.game.view_radius
    for entity in scene.keys() - shown.keys():
        assert own is not None
        assert radius is not None
        assert hypot(scene[entity][2] - own.x, scene[entity][3] - own.y) >= radius - 1.0


@pytest.mark.parametrize("cinema", ["village"], indirect=True)
def test_a_viewer_sees_what_the_followed_player_sees(cinema: Cinema) -> None:
    """Another player, another view; what is around that one is in it, and what is far is not."""
    watcher = cinema.watch()
    cinema.run(60)
    assert watcher.playback.follow == 0
    for player in (7, 3):
        assert watcher.ask("put", "follow", {"player": player}).status == 200
        cinema.run(2)
        assert watcher.playback.follow == player
        own = watcher.core.scene.owned_by(player)[0]
        radius = hosted("village").game.view_radius or 0.0
        far = [
            entity
            for entity in watcher.core.scene
            if entity.kind == "hero" and max(abs(entity.x - own.x), abs(entity.y - own.y)) > radius * 1.2
        ]
        assert far == []
        assert len(watcher.core.scene) > 3
    assert watcher.ask("put", "follow", {"player": 99}).status == 404


def test_a_replay_stands_still_and_goes_on(cinema: Cinema) -> None:
    """Pause, a step on, a step back, play, twice as fast."""
    watcher = cinema.watch()
    cinema.run(20)
    watcher.ask("put", "playback", {"playing": False})
    at = watcher.core.server_tick
    cinema.run(10)
    assert (watcher.core.server_tick, watcher.playback.speed) == (at, 0.0)
    watcher.ask("post", "playback/step", {"ticks": 1})
    cinema.run(2)
    assert watcher.core.server_tick == at + 1
    watcher.ask("post", "playback/step", {"ticks": -5})
    cinema.run(2)
    assert watcher.core.server_tick == at - 4
    watcher.ask("put", "playback", {"playing": True, "speed": 2.0})
    before = watcher.core.server_tick
    cinema.run(20)
    assert watcher.core.server_tick == before + 40
    watcher.ask("put", "playback", {"speed": 0.25})
    before = watcher.core.server_tick
    cinema.run(20)
    assert watcher.core.server_tick == before + 5


def test_a_replay_stops_at_its_end_and_begins_again(cinema: Cinema) -> None:
    """After the last tick it stands; play begins at the first."""
    watcher = cinema.watch()
    watcher.ask("put", "playback/tick", {"tick": TICKS - 5})
    cinema.run(20)
    assert (watcher.core.server_tick, watcher.playback.speed) == (TICKS, 0.0)
    watcher.ask("put", "playback", {"playing": True})
    cinema.run(3)
    assert watcher.core.server_tick < 20


def test_a_long_way_is_told_while_it_is_gone(cinema: Cinema) -> None:
    """No step runs more than a few ticks, and none is shown half way."""
    watcher = cinema.watch()
    cinema.run(3)
    watcher.core.request("put", "playback/tick", {"tick": 199})
    cinema.step()
    ticks = []
    while cinema.screening.is_travelling:
        tick = cinema.screening.show.tick
        cinema.step()
        assert cinema.screening.show.tick - tick <= 8
        ticks.append(watcher.core.server_tick)
    assert len(ticks) > 20
    assert set(ticks[:-1]) <= {ticks[0]}
    assert ticks[-1] == 199


def test_players_are_those_of_the_tick(cinema: Cinema) -> None:
    """Who had not come yet is gone after a jump back, and there after one forwards."""
    watcher = cinema.watch()
    for tick, players in ((400, BOTS), (2, 3), (450, BOTS)):
        watcher.ask("put", "playback", {"playing": False})
        watcher.ask("put", "playback/tick", {"tick": tick})
        cinema.run(2)
        here = [player.player for player in watcher.core.roster]
        assert here == [seat.player for seat in cinema.screening.show.roster]
        assert abs(len(here) - players) <= 2


def test_what_a_viewer_would_do_is_refused(cinema: Cinema) -> None:
    """Inputs, commands, calls, chat: each with a reason, and none enters the game."""
    watcher = cinema.watch()
    core, codec = watcher.core, watcher.core.codec
    items: list[ClientItem] = [
        Input(1, 1, 1, []),
        Command(core.request("get", "roster"), "cheat", Raw(codec.encode({}))),
    ]
    watcher.session.receive(codec.encode(ClientBundle(1, 0, items)), cinema.now)
    cinema.run(2)
    notices = [event.text for event in watcher.events if isinstance(event, Noticed)]
    assert ["watching" in text for text in notices] == [True]
    answers = [event for event in watcher.events if getattr(event, "status", 0) == 403]
    assert len(answers) == 1
    for verb, resource, given in (
        ("post", "chat", {"text": "hello"}),
        ("post", "rpc/buy", {"what": "axe"}),
        ("post", "players/1/kick", {}),
        ("put", "nothing", None),
    ):
        answer = watcher.ask(verb, resource, given)
        assert (answer.status, "watching" in str(answer.body)) == (403, True)


@pytest.mark.parametrize(
    ("resource", "body"),
    [("playback/tick", {"tick": 501}), ("playback/tick", {"tick": -1}), ("playback", {"speed": 1e9}), ("playback", {"spee": 1}),
     ("follow", {"player": "Ada"})],
)  # fmt: skip
def test_wrong_wishes_are_answered(cinema: Cinema, resource: str, body: object) -> None:
    """Ticks that are not there, speeds out of range, fields that nobody knows."""
    assert cinema.watch().ask("put", resource, body).status == 422


def test_viewers_are_bounded(cinema: Cinema) -> None:
    """One more than there may be finds no place; nobody who watches loses theirs."""
    for number in range(4):
        cinema.watch(f"viewer {number}")
    with pytest.raises(RoomFull, match="4 viewers watch"):
        cinema.watch("one more")
    assert len(cinema.screening.viewers) == 4


def test_a_viewer_comes_back(cinema: Cinema) -> None:
    """With the token of the last welcome, to whom it followed; the one before is void once that is acknowledged."""
    watcher = cinema.watch()
    cinema.run(30)
    assert watcher.ask("put", "follow", {"player": 5}).status == 200
    first = watcher.core.token
    watcher.lose()
    cinema.run(5)
    watcher.connect()
    cinema.run(2)
    assert watcher.playback.follow == 5
    assert len(watcher.core.scene) > 10
    watcher.core.token = first
    watcher.lose()
    with pytest.raises(RemoteProtocolError) as refused:
        watcher.connect()
    assert refused.value.reason == CloseReason.BAD_TOKEN


def test_a_slow_viewer_gets_a_snapshot_or_is_closed(cinema: Cinema) -> None:
    """While its socket takes nothing it is sent nothing; then one snapshot. Too long: closed."""
    watcher, other = cinema.watch("slow"), cinema.watch("quick")
    cinema.run(5)
    watcher.session.congested = True
    received, tick = watcher.received, watcher.core.server_tick
    cinema.run(30)
    assert (watcher.received, watcher.core.server_tick) == (received, tick)
    watcher.session.congested = False
    cinema.run(1)
    assert watcher.scene() == other.scene()
    watcher.session.congested = True
    cinema.run(30 * 16)
    assert watcher.closed == CloseReason.SLOW_CLIENT
    assert other.closed is None


def test_a_public_show_has_nothing_that_is_for_some_only() -> None:
    """No private components, no answers, and the same as the replay's otherwise."""
    open_cinema, closed_cinema = Cinema(screening("village")), Cinema(screening("village", public=True))
    private, public = open_cinema.watch(), closed_cinema.watch()
    for cinema in (open_cinema, closed_cinema):
        cinema.run(100)
    assert any(entity.private for entity in private.core.scene)
    assert not any(entity.private for entity in public.core.scene)
    assert {entity.id for entity in public.core.scene} <= {entity.id for entity in private.core.scene}
    assert len(public.core.scene) > 3
    for cinema in (open_cinema, closed_cinema):
        cinema.screening.end(CloseReason.ROOM_ENDED)
