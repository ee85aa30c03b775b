"""Matches in virtual time: real rooms, sessions, cores and engines on lines of all kinds."""

import pytest

from net.client.errors import LocalProtocolError
from net.codec import JSON
from net.drivers.virtual_lockstep import VirtualLockstep, VirtualPlayer
from net.lockstep.settings import LockstepSettings, MissingPolicy
from net.players.seats import RoomFull
from net.protocol import ClientBundle, ClientItem, CloseReason, DumpPart, Input, Packet, Rerun
from tests.net.lockstep.match_kit import Give, Purse, agree, purse_of, purses


def changed(client: VirtualPlayer, gold: int = 1_000) -> int:
    """Somebody changes a client's state behind its back; the entity that is another one from now on."""
    entity, purse = next((entity, purse) for entity, purse in client.engine.world.query(Purse))
    purse.gold += gold
    return entity


def test_two_players_play_and_agree() -> None:
    """Both are ready, the match begins, commands of each arrive at both once, and all checksums are equal."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=40.0, jitter=20.0)
        room.begin()
        assert room.room.state == "running.iterating"
        ada.lockstep.command("give", Give(5))
        ben.lockstep.command("give", Give(7))
        room.run(3_000.0)
        for client in (ada, ben):
            assert purse_of(client, 0).given == [5]
            assert purse_of(client, 1).given == [7]
        assert agree([ada, ben])
        assert ada.lockstep.generation > 15
        assert room.room._divergence.verdicts.confirmed > 10


def test_a_generation_is_as_long_as_it_is_meant_on_a_good_network() -> None:
    """Without latency, generations are 100 ms apart, for a minute."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada")
        room.join("Ben")
        room.begin()
        room.run(60_000.0)
        gaps = {round(b - a) for a, b in zip(room.turns[1:], room.turns[2:], strict=False)}
        assert gaps == {100}


def test_generations_are_longer_on_a_slow_line_and_nothing_is_awaited() -> None:
    """With 300 ms each way generations become long enough, at the game's own speed, and the room is never paused."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada")
        room.join("Ben", latency=300.0)
        room.begin()
        room.run(5_000.0)
        begin = room.now
        room.run(10_000.0)
        gaps = [b - a for a, b in zip(room.turns, room.turns[1:], strict=False) if a > begin]
        assert max(gaps) <= 1_000.0
        assert max(gaps) - min(gaps) <= 100.0
        assert room.room.state == "running.iterating"
        assert room.room._pace.length.iteration_ms == 50


def test_a_client_that_always_reports_one_frame_a_second_is_bounded_and_named() -> None:
    """The game becomes three times slower and no more, and all are told whose computer it is."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        ben.lockstep.framerate = 1
        room.begin()
        room.run(5_000.0)
        gaps = [b - a for a, b in zip(room.turns[-10:], room.turns[-9:], strict=False)]
        assert max(gaps) <= 300.0
        assert any("Ben" in text for text in notices(ada))


def notices(client: VirtualPlayer) -> list[str]:
    """The sentences that a client was told."""
    return [text for event in client.events if isinstance(text := getattr(event, "text", None), str)]


# Setup -----------------------------------------------------------------------------------------------------------


def test_everybody_sees_each_change_and_who_comes_later_the_whole() -> None:
    """Options of the room and of players are told to all, with the revision; a later change withdraws readiness."""
    with VirtualLockstep(purses(), options={"gold": 1}) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        ada.lockstep.setup({"gold": 5})
        room.run(300.0)
        ben.lockstep.setup({"team": 2}, player=1)
        room.run(300.0)
        cleo = room.join("Cleo")
        room.run(300.0)
        for client in (ada, ben, cleo):
            told = client.lockstep.configuration
            assert told is not None
            assert told.options == {"gold": 5}
            assert told.players == [(0, {}), (1, {"team": 2}), (2, {})]
            assert told.host == 0
        ada.lockstep.ready()
        room.run(300.0)
        assert room.room.play.setup.ready == {0}
        ben.lockstep.setup({"gold": 6})
        room.run(300.0)
        assert room.room.play.setup.ready == set()


def test_first_come_first_served() -> None:
    """Of two changes of the same revision the first is made and the second is told that it came too late."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.run(300.0)
        first, second = ada.lockstep.setup({"gold": 1}), ben.lockstep.setup({"gold": 2})
        room.run(500.0)
        statuses = [
            getattr(client.answer_to(asked), "status", 0) for client, asked in ((ada, first), (ben, second))
        ]
        assert sorted(statuses) == [200, 409]


def test_nobody_changes_what_is_another_player_s() -> None:
    """Options of another player are the host's to change, and nobody else's; bad names are refused with 422."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.run(200.0)
        assert ben.ask("put", "setup/0", {"changes": {"team": 3}}).status == 403
        assert ada.ask("put", "setup/1", {"changes": {"team": 3}}).status == 200
        assert ada.ask("put", "setup", {"changes": {"players": 3}}).status == 422
        assert ada.ask("put", "setup/7", {"changes": {"team": 3}}).status == 404
        assert ben.ask("post", "start").status == 403


def test_the_engine_refuses_a_setup_and_all_see_why() -> None:
    """The host starts with what the engine does not take: the room stays in its setup, with the reason."""
    with VirtualLockstep(purses(), options={"gold": 13}) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        for client in (ada, ben):
            client.lockstep.ready()
        room.run(1_000.0)
        assert room.room.state == "setup.organizing"
        assert ben.lockstep.configuration is not None
        assert ben.lockstep.configuration.refusal == "13 is no number"
        ada.lockstep.setup({"gold": 12})
        room.run(300.0)
        room.begin()
        assert room.room.state == "running.iterating"


def test_engines_refuse_a_setup_that_the_server_cannot_check() -> None:
    """Where the server knows nothing of the engine, most players' engines end the match before it begins."""
    with VirtualLockstep(purses(), options={"gold": 13}, check_setup=lambda _seed, _setup: "") as room:
        for name in ("Ada", "Ben"):
            room.join(name).lockstep.ready()
        room.run(2_000.0)
        assert room.room.state == "setup.organizing"
        assert room.clients[0].lockstep.configuration is not None
        assert room.clients[0].lockstep.configuration.refusal == "13 is no number"


def test_the_host_starts_and_is_replaced_when_it_leaves() -> None:
    """The host starts although nobody is ready; the one after it is host when it has left."""
    with VirtualLockstep(purses()) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        ada.core.request("delete", "seat")
        room.run(500.0)
        assert ada.ended is not None
        room.clients.remove(ada)
        assert ben.ask("post", "start").status == 202
        room.run_until(lambda: cleo.lockstep.generation > 3)


def test_seats_are_locked_and_who_comes_watches() -> None:
    """Once it has begun a latecomer gets a viewer's number, follows the match, and gives no commands."""
    with VirtualLockstep(purses(), rules=LockstepSettings(viewers=1)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        ada.lockstep.command("give", Give(5))
        room.run(3_000.0)
        eve = room.join("Eve", latency=500.0)
        room.run_until(lambda: eve.lockstep.behind < 12 and eve.lockstep.generation > 30)
        assert eve.core.player >= 256
        assert purse_of(eve, 0).given == [5]
        room.run(3_000.0)
        assert agree([ada, ben, eve])
        assert room.room._pace.length.iterations == 2, "a viewer slows nobody"
        with pytest.raises(RoomFull):
            room.join("Zoe")


def test_nobody_watches_where_the_room_says_so() -> None:
    """With no places to watch from a latecomer is refused."""
    with VirtualLockstep(purses(), rules=LockstepSettings(viewers=0)) as room:
        room.join("Ada")
        room.join("Ben")
        room.begin()
        with pytest.raises(RoomFull, match="begun"):
            room.join("Eve")


def test_viewers_may_see_it_later() -> None:
    """With a delay of 2 s a viewer is 2 s behind, and sees the same."""
    with VirtualLockstep(purses(), rules=LockstepSettings(viewer_delay=2_000.0)) as room:
        ada, _ = room.join("Ada"), room.join("Ben")
        room.begin()
        room.run(5_000.0)
        eve = room.join("Eve")
        room.run(5_000.0)
        assert 18 <= ada.lockstep.generation - eve.lockstep.generation <= 24
        assert agree([ada, eve])


def test_a_rematch_with_the_same_seats() -> None:
    """When most engines say that it is over the room is in its setup again; another match has another seed."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        first = ada.lockstep.match
        room.run(1_000.0)
        ada.lockstep.over("Ada wins")
        room.run(500.0)
        assert room.room.state == "running.iterating"
        ben.lockstep.over("Ada wins")
        room.run(500.0)
        assert room.room.state == "setup.organizing"
        assert room.room.play.setup.players.keys() == {0, 1}
        for client in (ada, ben):
            client.lockstep.ready()
        room.run_until(lambda: ada.lockstep.match is not first and ada.lockstep.generation > 5)
        assert first is not None
        assert ada.lockstep.match is not None
        assert ada.lockstep.match.seed != first.seed
        assert agree([ada, ben])


def test_the_host_pauses_goes_on_and_ends_the_match() -> None:
    """Others may not; a pause takes as long as it takes and nobody is dropped for it; after the end the setup is as before."""
    with VirtualLockstep(purses(), rules=LockstepSettings(patience=5_000.0)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        assert ben.ask("post", "pause").status == 403
        assert ada.ask("post", "resume").status == 409
        assert ada.ask("post", "pause").status == 200
        assert room.room.state == "running.paused.host"
        stands = room.room.tick
        room.run(20_000.0)
        assert room.room.tick == stands
        assert ada.ask("post", "resume").status == 200
        room.run(2_000.0)
        assert room.room.state == "running.iterating"
        assert room.room.tick > stands + 10
        assert agree([ada, ben])
        assert ada.ask("post", "finish").status == 200
        assert room.room.state == "setup.organizing"
        assert ada.ask("post", "finish").status == 409


def test_events_of_the_game_s_own_states() -> None:
    """A player sends one, all see the state; an illegal one, one of the room's own and one of a viewer are refused."""
    document = {
        "states": {"setup.organizing": {"states": {"teams": {}, "draft": {}}}},
        "events": ["draft"],
        "transitions": [{"event": "draft", "from": "setup.organizing.teams", "to": "setup.organizing.draft"}],
    }
    with VirtualLockstep(purses(states=document)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        assert room.room.state == "setup.organizing.teams"
        assert ben.ask("post", "events/draft").status == 200
        assert ada.core.room_state == "setup.organizing.draft"
        assert ben.ask("post", "events/draft").status == 409
        assert ben.ask("post", "events/start").status == 409
        room.begin()
        assert room.join("Eve").ask("post", "events/draft").status == 403


def test_codecs_may_be_mixed() -> None:
    """One client speaks JSON, in which bytes are text: both compute the same, and its dump can be read."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada", codec=JSON), room.join("Ben")
        room.begin()
        ada.lockstep.command("give", Give(5))
        room.run(2_000.0)
        assert purse_of(ben, 0).given == [5]
        assert agree([ada, ben])
        changed(ada)
        room.run(2_000.0)
        assert room.reports[0].suspects == [0]


def test_more_commands_than_a_packet_takes_go_out_one_after_the_other() -> None:
    """200 commands at once are all run, in order; more than may wait are refused on the spot."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        for amount in range(256):
            ada.lockstep.command("give", Give(amount))
        with pytest.raises(LocalProtocolError):
            ada.lockstep.command("give", Give(999))
        room.run(3_000.0)
        assert purse_of(ben, 0).given == list(range(206, 256))
        assert agree([ada, ben])


# Connections that are lost -----------------------------------------------------------------------------------------


def test_one_who_comes_back_goes_on_where_it_was() -> None:
    """A lost connection of 2 s: nothing is lost or doubled, the engine is the same, and nobody was dropped."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=50.0)
        room.begin()
        for amount in range(1, 6):
            ben.lockstep.command("give", Give(amount))
            room.run(250.0)
        engine = ben.engine
        ben.lockstep.command("give", Give(6))
        ben.drop()
        room.run(2_000.0)
        assert room.room.state == "running.paused.lagging"
        assert "Ben" in room.room.chart.detail
        ben.reconnect()
        room.run(3_000.0)
        assert room.room.state == "running.iterating"
        assert ben.engine is engine
        assert purse_of(ada, 1).given == [1, 2, 3, 4, 5, 6]
        assert agree([ada, ben])


def test_one_who_reloads_runs_the_match_again() -> None:
    """A client that knows nothing any more gets the seat, and all generations, and plays on."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        ben.lockstep.command("give", Give(6))
        room.run(40_000.0)
        token = ben.core.token
        ben.drop()
        room.clients.remove(ben)
        again = VirtualPlayer(room, "Ben", token, ben.core.codec)
        room.clients.append(again)
        again.connect()
        room.run_until(lambda: again.lockstep.generation >= 0 and again.lockstep.behind <= 2)
        again.lockstep.command("give", Give(8))
        room.run(2_000.0)
        assert purse_of(ada, 1).given == purse_of(again, 1).given == [6, 8]
        assert agree([ada, again])


def test_the_server_is_killed_and_the_match_goes_on() -> None:
    """The journal brings the room back: same match, same seats, every command once."""
    with VirtualLockstep(purses(), journal=True) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=60.0)
        room.begin()
        for amount in range(1, 20):
            ben.lockstep.command("give", Give(amount))
            room.run(170.0)
            if amount % 6 == 0:
                room.restart()
                for client in (ben, ada):
                    client.reconnect()
        room.run(3_000.0)
        assert purse_of(ada, 1).given == list(range(1, 20))
        assert agree([ada, ben])
        assert room.room.state == "running.iterating"


def test_a_server_that_is_killed_in_the_setup_knows_it_again() -> None:
    """Options, who is ready, the host and the chart are as they were."""
    with VirtualLockstep(purses(), journal=True, options={"gold": 3}) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        ada.lockstep.setup({"gold": 4})
        room.run(300.0)
        before = room.room.play.setup.save()
        room.restart()
        for client in (ada, ben):
            client.reconnect()
        assert room.room.play.setup.save() == before
        room.begin()
        assert purse_of(ada, 0).gold >= 4


# Who is missing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["wait", "empty", "drop", "vote"])
@pytest.mark.parametrize("how", ["frozen", "gone"])
def test_a_silent_player_does_not_hang_a_room(policy: MissingPolicy, how: str) -> None:
    """Whether the connection is lost or the computer stands still: it is awaited, by name, and then the match goes on."""
    rules = LockstepSettings(missing=policy, patience=5_000.0)
    with VirtualLockstep(purses(), rules=rules) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        if how == "frozen":
            ben.frozen = True
        else:
            ben.drop()
        room.run(2_200.0)
        assert room.room.state == "running.paused.lagging"
        assert "Ben" in room.room.chart.detail
        told = ada.lockstep.generation
        if policy == "vote":
            for client in (ada, cleo):
                client.core.request("put", "votes/1", {"go_on": True})
        room.run(1_500.0 if policy != "wait" else 4_500.0)
        assert room.room.state == "running.iterating"
        assert ada.lockstep.generation > told + 2
        assert agree([ada, cleo])


def test_a_dropped_player_comes_back_into_the_match() -> None:
    """The seat is kept: after 10 s away the player catches up, gives commands again, and is awaited again."""
    with VirtualLockstep(purses(), rules=LockstepSettings(missing="empty")) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        room.run(1_000.0)
        ben.drop()
        room.run(10_000.0)
        ben.reconnect()
        room.run(1_000.0)
        ben.lockstep.command("give", Give(9))
        room.run(2_000.0)
        assert purse_of(ada, 1).given == [9]
        assert room.room._turns is not None
        assert room.room._turns.is_present(1)
        assert agree([ada, ben])


def test_a_dropped_player_s_seat_is_freed_where_the_room_says_so() -> None:
    """Without keeping, the connection is closed and the seat is gone."""
    rules = LockstepSettings(missing="drop", keep_dropped=False)
    with VirtualLockstep(purses(), rules=rules) as room:
        _, ben, _ = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        ben.frozen = True
        room.run(6_000.0)
        assert room.room.seats.get(1) is None
        assert room.room.state == "running.iterating"


def test_a_room_that_all_have_left_for_a_while_stands_still() -> None:
    """Nobody is there: no generation is told; whoever comes back goes on from where it was."""
    with VirtualLockstep(purses(), rules=LockstepSettings(missing="drop")) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        room.run(1_000.0)
        ada.drop()
        ben.drop()
        room.run(8_000.0)
        stands = room.room.tick
        room.run(8_000.0)
        assert room.room.tick == stands
        for client in (ada, ben):
            client.reconnect()
        room.run(3_000.0)
        assert room.room.tick > stands + 5
        assert agree([ada, ben])


def test_all_leave_for_good_and_the_match_is_over() -> None:
    """A match without players ends; the room is in its setup again."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada")
        room.join("Ben")
        room.begin()
        for client in list(room.clients):
            client.core.request("delete", "seat")
        room.run(1_000.0)
        assert room.room.state == "setup.organizing"


# Divergence ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("players", [2, 3, 4])
def test_a_changed_state_is_found_at_once_and_named(players: int) -> None:
    """The next generation's checksum is another one: the report has the culprit, the generation, entity and component."""
    with VirtualLockstep(purses()) as room:
        clients = [room.join(name) for name in ("Ada", "Ben", "Cleo", "Dan")[:players]]
        room.begin()
        room.run(2_000.0)
        clean = clients[1].lockstep.generation
        entity = changed(clients[1])
        room.run(5_000.0)
        assert room.room.state == "running.paused.desynced"
        (report,) = room.reports
        assert report.generation == clean + 1
        assert (report.entity, report.component, report.field) == (entity, "Purse", "gold")
        assert (report.wrong if players > 2 else report.suspects) == [1]
        assert report.confirmed == clean
        assert report.compared[1] == 1
        assert any("Ben" in text for text in notices(clients[0]))
        assert [turn.generation for turn in report.turns][-1] == report.generation


def test_a_diverged_client_is_put_right_and_the_game_goes_on() -> None:
    """With `resync` the wrong one gets the state of the right ones; from there on all agree."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="resync")) as room:
        ada, ben, cleo = (room.join(name, latency=30.0, jitter=20.0) for name in ("Ada", "Ben", "Cleo"))
        room.begin()
        room.run(2_000.0)
        changed(cleo)
        room.run(5_000.0)
        assert room.room.state == "running.iterating"
        at = ada.lockstep.generation
        cleo.lockstep.command("give", Give(4))
        room.run(8_000.0)
        assert len(room.reports) == 1
        assert ada.lockstep.generation > at + 20
        assert purse_of(ada, 2).given == [4]
        assert agree([ada, ben, cleo])


def test_a_diverged_client_is_dropped_where_the_room_says_so() -> None:
    """With `drop` the wrong one is put out, and the others play on."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="drop")) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        changed(cleo)
        room.run(5_000.0)
        assert cleo.ended is not None
        assert cleo.ended.code == CloseReason.KICKED
        assert room.room.state == "running.iterating"
        assert agree([ada, ben])


def test_resync_falls_back_to_halt_where_nobody_is_right() -> None:
    """Two players: there is no majority, so the game halts, and the report says what is known."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="resync")) as room:
        _, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        changed(ben)
        room.run(5_000.0)
        assert room.room.state == "running.paused.desynced"
        assert room.reports[0].suspects == [1]


def test_a_viewer_that_diverges_halts_nobody_and_begins_anew() -> None:
    """It is told, gets the match from its beginning, and agrees again."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        eve = room.join("Eve")
        room.run(2_000.0)
        changed(eve)
        room.run(15_000.0)
        assert room.room.state == "running.iterating"
        assert any("another one" in text for text in notices(eve))
        assert agree([ada, ben, eve])


def test_wrong_checksums_on_purpose_cost_the_liar() -> None:
    """One of three whose engine is right and who says otherwise is the wrong one, although its state does not differ."""
    with VirtualLockstep(purses(), rules=LockstepSettings(desync="drop")) as room:
        ada, ben, cleo = room.join("Ada"), room.join("Ben"), room.join("Cleo")
        room.begin()
        sums = cleo.lockstep._sums
        cleo.lockstep._sums = _Lies(sums)
        room.run(5_000.0)
        assert room.reports[0].wrong == [2]
        assert cleo.ended is not None
        assert agree([ada, ben])


class _Lies(dict[int, int]):
    """Says other numbers than it was told."""

    def get(self, key: int, default: int = 0) -> int:  # type: ignore[override]
        return (super().get(key, default) + 1) & 0xFFFF_FFFF


# Bad input ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("item", "reason"), [
    (Packet(9_999, 0, 0, -1, 0), CloseReason.MALFORMED),
    (Packet(0, 0, 0, 9_999, 0), CloseReason.MALFORMED),
    (Packet(0, 0, 0, -1, 0, bytes(5_000)), CloseReason.MALFORMED),
    (Packet(0, 0, 0, -1, 0, bytes(9_000)), CloseReason.MALFORMED),
    (Input(3), CloseReason.OUT_OF_STATE),
])  # fmt: skip
def test_forged_packets_cost_their_sender_and_nobody_else(item: ClientItem, reason: CloseReason) -> None:
    """Generations that have not been, too much, and what is no message of this model: closed, and the others play on."""
    with VirtualLockstep(purses(), rules=LockstepSettings(missing="empty")) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        # in place of the packet of the generation that is open, so that length is looked at
        if isinstance(item, Packet) and len(item.body) == 5_000:
            item = Packet(room.room._turns.generation if room.room._turns else 0, 0, 0, -1, 0, item.body)
            ben.frozen = True
            room.run(110.0)
            item = Packet(room.room._turns.generation if room.room._turns else 0, 0, 0, -1, 0, item.body)
        ben.send_raw(ben.core.codec.encode(ClientBundle(1, room.room.tick, [item])))
        room.run(500.0)
        assert ben.ended is not None
        assert ben.ended.code == reason
        room.run(5_000.0)
        assert room.room.state == "running.iterating"
        assert ada.lockstep.generation > 20


def test_evidence_that_nobody_asked_for_changes_nothing() -> None:
    """Parts of dumps and re-runs out of the blue are not kept, and the match goes on."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        for item in (DumpPart(0, 0, 1, b"x"), Rerun(0, 1)):
            ben.core.say(item)
        room.run(2_000.0)
        assert room.room.state == "running.iterating"
        assert agree([ada, ben])


def test_ancient_and_repeated_packets_change_nothing() -> None:
    """The packet of a generation that has run, with other commands, and the same one three times."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        ben.lockstep.command("give", Give(5))
        room.run(2_000.0)
        for _ in range(3):
            ben.core.say(Packet(1, 0, 0, -1, 0, b"\x91\x92\xa4give\x81\xa6amount\x63"))
        room.run(1_000.0)
        assert purse_of(ada, 1).given == [5]
        assert agree([ada, ben])


def test_turns_are_all_that_is_awaited() -> None:
    """The room's turns know exactly the players of the match."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada")
        room.join("Ben")
        room.begin()
        assert room.room._turns is not None
        assert room.room._turns.players == [0, 1]
