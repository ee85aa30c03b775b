"""Resume tokens: what opens a seat and what does not, whoever races, however old, whatever the store does."""

from collections.abc import Callable
from itertools import count

import pytest

from net.drivers.virtual import VirtualRoom
from net.errors import RemoteProtocolError, StoreUnavailable
from net.players.seats import Seats
from net.players.session import Seat
from net.players.sessions import MemorySessions, SessionRecord, random_token, token_digest
from net.players.tokens import Tokens
from net.protocol import CloseReason
from net.settings import RoomSettings
from tests.net.room_kit import Player, Table, make_game

EPOCH = 1e12
LIFETIME = 10_000.0


class Cabinet(MemorySessions):
    """Sessions in memory that refuse to be changed while the disk is full."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False

    def put(self, record: SessionRecord) -> None:
        self._check()
        super().put(record)

    def delete(self, room_id: str, player_id: str) -> None:
        self._check()
        super().delete(room_id, player_id)

    def _check(self) -> None:
        if self.full:
            raise StoreUnavailable("the disk is full")


def tokens_of(seats: Seats, sessions: MemorySessions) -> Tokens:
    numbers = count(1)
    return Tokens(
        "r", seats, sessions, lifetime=LIFETIME, epoch=EPOCH, make_token=lambda: f"token {next(numbers)}"
    )


def seated(tokens: Tokens, seats: Seats, name: str, now: float = 0.0) -> Seat:
    """A seat that the name opens."""
    seat = seats.reserve(f"id-{name}", name, token_digest(name), now)
    tokens.keep(seat, now)
    return seat


@pytest.fixture
def seats() -> Seats:
    return Seats(4)


@pytest.fixture
def cabinet() -> Cabinet:
    return Cabinet()


@pytest.fixture
def tokens(seats: Seats, cabinet: Cabinet) -> Tokens:
    return tokens_of(seats, cabinet)


def test_only_the_token_opens_a_seat(tokens: Tokens, seats: Seats) -> None:
    """Neither the player id nor the name nor the hash itself is a token, and a freed seat's token opens nothing."""
    seat = seats.reserve("id", "Anna", token_digest("secret"), 0.0)
    tokens.keep(seat, 0.0)
    assert tokens.opens("secret", 0.0) is seat
    for guess in ("id", "Anna", "", token_digest("secret").hex(), "Secret"):
        assert tokens.opens(guess, 0.0) is None
    seats.free(seat)
    assert tokens.opens("secret", 0.0) is None


def test_a_token_has_256_bits() -> None:
    """43 characters of base64 each, and never the same twice."""
    made = {random_token() for _ in range(100)}
    assert len(made) == 100 and {len(token) for token in made} == {43}


def test_a_token_is_void_when_the_next_one_is_acknowledged(tokens: Tokens, seats: Seats) -> None:
    """Until then both open the seat, so that a welcome that never arrived locks nobody out; then the old one never again."""
    seat = seated(tokens, seats, "Anna")
    following = tokens.rotate(seat, "Anna", 0.0)
    assert tokens.opens("Anna", 0.0) is seat and tokens.opens(following, 0.0) is seat
    tokens.acknowledge(seat, 0.0)
    assert tokens.opens("Anna", 0.0) is None and tokens.opens(following, 0.0) is seat


def test_a_welcome_that_never_arrived_leaves_its_token_void(tokens: Tokens, seats: Seats) -> None:
    """Who comes back with the old token gets another next one; the one in between, whoever read it, opens nothing."""
    seat = seated(tokens, seats, "Anna")
    lost = tokens.rotate(seat, "Anna", 0.0)
    following = tokens.rotate(seat, "Anna", 0.0)
    assert tokens.opens(lost, 0.0) is None
    tokens.acknowledge(seat, 0.0)
    assert [tokens.opens(token, 0.0) for token in ("Anna", lost, following)] == [None, None, seat]


def test_a_token_grows_old_while_its_player_is_away(tokens: Tokens, seats: Seats) -> None:
    """After its lifetime it opens nothing; each rotation gives a new one; who stays connected is renewed."""
    seat = seated(tokens, seats, "Anna")
    assert tokens.opens("Anna", LIFETIME - 1.0) is seat
    assert tokens.opens("Anna", LIFETIME) is None
    following = tokens.rotate(seat, "Anna", 5_000.0)
    assert tokens.opens(following, LIFETIME + 1.0) is seat
    tokens.renew(14_000.0)
    assert tokens.opens(following, LIFETIME + 5_000.0) is None, "nobody was connected"
    seat.session = object()  # type: ignore[assignment]  # anything that is there
    tokens.renew(14_000.0)
    assert tokens.opens(following, LIFETIME + 13_999.0) is seat


@pytest.mark.parametrize(("jump", "opens"), [(-1e9, True), (0.0, True), (LIFETIME / 2, True), (1e9, False)])
def test_a_wall_clock_that_jumps_while_the_server_is_away(
    seats: Seats, cabinet: Cabinet, jump: float, opens: bool
) -> None:
    """Back, or forth within a token's lifetime: it opens its seat; further forth it is old. While a server runs its clock is
    its own."""
    before = Seats(4)
    seated(tokens_of(before, cabinet), before, "Anna")
    after = Tokens("r", seats, cabinet, lifetime=LIFETIME, epoch=EPOCH + jump, make_token=random_token)
    assert after.resume(1.0) == []
    after.reserve_again(1.0)
    assert (after.opens("Anna", 1.0) is not None) == opens


def test_only_hashes_are_kept(tokens: Tokens, seats: Seats, cabinet: Cabinet) -> None:
    """Whoever reads the store cannot come in with what it reads."""
    seat = seated(tokens, seats, "Anna")
    following = tokens.rotate(seat, "Anna", 0.0)
    (record,) = cabinet.of("r")
    assert (record.token_hash, record.previous_hash) == (token_digest(following), token_digest("Anna"))
    assert following not in repr(record)
    assert tokens.opens(record.token_hash.hex(), 0.0) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda tokens, seat: tokens.rotate(seat, "Anna", 0.0),
        lambda tokens, seat: tokens.acknowledge(seat, 0.0),
        lambda tokens, seat: tokens.reissue(seat, token_digest("new"), 0.0),
    ],
    ids=["rotate", "acknowledge", "reissue"],
)
def test_what_is_not_kept_does_not_count(
    tokens: Tokens, seats: Seats, cabinet: Cabinet, change: Callable[[Tokens, Seat], object]
) -> None:
    """A full store changes no token: what opened the seat before does so still, in memory as in the store."""
    seat = seated(tokens, seats, "Anna")
    following = tokens.rotate(seat, "Anna", 0.0)
    cabinet.full = True
    with pytest.raises(StoreUnavailable):
        change(tokens, seat)
    assert tokens.opens("Anna", 0.0) is seat and tokens.opens(following, 0.0) is seat
    assert tokens.opens("new", 0.0) is None
    assert cabinet.of("r")[0].token_hash == token_digest(following)


def test_a_freed_seat_is_forgotten_when_the_store_can(tokens: Tokens, seats: Seats, cabinet: Cabinet) -> None:
    """What could not be deleted is with the next ones, in order."""
    anna, ben = seated(tokens, seats, "Anna"), seated(tokens, seats, "Ben")
    cabinet.full = True
    tokens.forget([anna])
    tokens.forget([])
    assert len(cabinet.of("r")) == 2
    cabinet.full = False
    tokens.forget([ben])
    assert cabinet.of("r") == []


def test_a_player_who_proves_who_they_are_gets_another_token(tokens: Tokens, seats: Seats) -> None:
    """The first of the two to be used voids the other."""
    for used, void in (("new", "Anna"), ("Anna", "new")):
        seat = seated(tokens, seats, "Anna")
        tokens.reissue(seat, token_digest("new"), 0.0)
        assert tokens.opens("new", 0.0) is seat and tokens.opens("Anna", 0.0) is seat
        tokens.rotate(seat, used, 0.0)
        assert tokens.opens(void, 0.0) is None
        seats.free(seat)


def test_after_a_restart_seats_and_sessions_find_each_other(seats: Seats, cabinet: Cabinet) -> None:
    """By number and player id; who had only reserved has the seat reserved; who has no session, or an old one, is to leave."""
    before = Seats(4)
    tokens = tokens_of(before, cabinet)
    anna, ben, carl = (
        seated(tokens, before, name, now) for name, now in [("Anna", 0.0), ("Ben", 5.0), ("Carl", 5.0)]
    )
    anna.account = "a@example.org"
    following = tokens.rotate(anna, "Anna", 5.0)
    for name in ("Anna", "Dora"):  # number 1 is Dora now: Ben's session is of a time that was lost
        seats.reserve(f"id-{name}", name, b"", 0.0).joined = True
    again = tokens_of(seats, cabinet)
    lost = again.resume(6.0)
    again.reserve_again(6.0)
    assert [seat.name for seat in lost] == ["Dora"]
    found = {
        name: again.opens(token, 6.0)
        for name, token in [("Anna", following), ("Ben", "Ben"), ("Carl", "Carl")]
    }
    assert {name: seat and (seat.name, seat.joined) for name, seat in found.items()} == {
        "Anna": ("Anna", True),
        "Ben": ("Ben", False),
        "Carl": ("Carl", False),
    }
    assert found["Anna"] is not None and found["Anna"].account == "a@example.org"
    assert again.opens("Anna", 6.0) is found["Anna"], "the new one was not acknowledged"
    late = tokens_of(Seats(4), cabinet)
    assert late.resume(1e9) == []
    late.reserve_again(1e9)
    assert cabinet.of("r") == []
    assert (ben.player, carl.player) == (1, 2)


def test_a_seat_that_was_only_reserved_keeps_its_number_over_a_restart(
    seats: Seats, cabinet: Cabinet
) -> None:
    """The number was told with the reservation: it comes back, though a lower one is free by now; unless another has it."""
    before = Seats(4)
    tokens = tokens_of(before, cabinet)
    anna, *_ = (seated(tokens, before, name, 1.0) for name in ("Anna", "Ben", "Carl"))
    before.free(anna)
    tokens.forget([anna])
    seats.reserve("id-Dora", "Dora", b"", 0.0, promised=1)
    again = tokens_of(seats, cabinet)
    again.resume(2.0)
    again.reserve_again(2.0)
    assert [(seat.name, seat.player) for seat in seats] == [("Ben", 0), ("Dora", 1), ("Carl", 2)]


# Through a room ------------------------------------------------------------------------------------------------------


def refused(player: Player, token: str, now: float) -> CloseReason:
    """Why a hello with this token is refused."""
    with pytest.raises(RemoteProtocolError) as error:
        player.hello(token, now)
    return error.value.reason


def test_a_stolen_old_token_opens_nothing() -> None:
    """Once the player's client has spoken, the token that it came with is void, for whoever had read it."""
    table = Table()
    anna = table.sit("Anna")
    anna.send()
    assert refused(table.connect(), "Anna", table.now) == CloseReason.BAD_TOKEN
    assert refused(table.connect(), "id-Anna", table.now) == CloseReason.BAD_TOKEN
    table.step()
    assert len(anna.bundles) == 1 and table.closed == []
    table.close()


def test_of_two_sockets_with_one_token_one_stays() -> None:
    """The later replaces the earlier, whose new token is void with it; whoever speaks first voids the token of both."""
    table = Table()
    table.room.reserve("id-Anna", "Anna", token_digest("Anna"), 0.0)
    first, second = table.connect(), table.connect()
    first.hello("Anna")
    second.hello("Anna")
    second.send()
    table.step()
    assert [(session, reason) for session, reason, _ in table.closed] == [
        (first.session, CloseReason.REPLACED)
    ]
    assert (first.bundles, len(second.bundles)) == ([], 1)
    for void in ("Anna", first.token):
        assert refused(table.connect(), void, table.now) == CloseReason.BAD_TOKEN
    first.session.lost(table.now)
    table.step()
    assert len(second.bundles) == 2 and table.room.seats.records()[0].connected
    table.close()


def test_a_duplicated_tab_replaces_the_first_or_gets_nothing() -> None:
    """With the token that the first tab has now it replaces it; with an older one it is refused; never are there two."""
    table = Table()
    first = table.sit("Anna")
    first.send()
    copied = first.token
    second = table.connect()
    second.hello(copied, table.now)
    second.send()
    table.step()
    assert [reason for _, reason, _ in table.closed] == [CloseReason.REPLACED]
    assert refused(table.connect(), copied, table.now) == CloseReason.BAD_TOKEN
    table.step()
    assert len(second.bundles) == 2
    table.close()


def test_a_full_store_turns_players_away_for_now() -> None:
    """Nobody is seated whose session would not be kept: UNAVAILABLE, and the same token opens the seat later."""
    table = Table()
    cabinet = Cabinet()
    table.room.attendance.tokens = Tokens(
        "r", table.room.seats, cabinet, lifetime=LIFETIME, epoch=EPOCH, make_token=random_token
    )
    cabinet.full = True
    with pytest.raises(StoreUnavailable):
        table.room.reserve("id-Ben", "Ben", token_digest("Ben"), 0.0)
    assert len(table.room.seats) == 0
    cabinet.full = False
    table.room.reserve("id-Anna", "Anna", token_digest("Anna"), 0.0)
    cabinet.full = True
    assert refused(table.connect(), "Anna", table.now) == CloseReason.UNAVAILABLE
    cabinet.full = False
    anna = table.connect()
    anna.hello("Anna", table.now)
    cabinet.full = True
    with pytest.raises(RemoteProtocolError) as error:
        anna.send()
    assert error.value.reason == CloseReason.UNAVAILABLE
    cabinet.full = False
    table.connect().hello("Anna", table.now)
    table.close()


def test_an_expired_token_opens_nothing() -> None:
    """The setting is kept through a room, and those who are connected do not expire."""
    table = Table(settings=RoomSettings(token_lifetime=2_000.0, seat_kept=1e9, silence=1e9))
    anna, ben = table.sit("Anna"), table.sit("Ben")
    ben.session.lost(table.now)
    table.step(60)
    assert refused(table.connect(), ben.token, table.now) == CloseReason.BAD_TOKEN
    table.connect().hello(anna.token, table.now)
    table.close()


def test_what_was_given_up_is_forgotten_and_told() -> None:
    """Leave, kick, an expired reservation, the room's end: the store has it no more, and the step says who never came."""
    table = Table(settings=RoomSettings(reservation=100.0))
    cabinet = Cabinet()
    table.room.attendance.tokens = Tokens(
        "r", table.room.seats, cabinet, lifetime=LIFETIME, epoch=EPOCH, make_token=random_token
    )
    table.sit("Anna"), table.sit("Ben"), table.sit("Dora")
    table.room.reserve("id-Carl", "Carl", token_digest("Carl"), table.now)
    seats = {seat.name: seat for seat in table.room.seats}
    table.room.leave(seats["Anna"])
    table.room.moderate(seats["Ben"], "kick", "", table.now)
    assert table.step().vacated == []
    vacated = [player for _ in range(20) for player in table.step().vacated]
    assert vacated == ["id-Carl"]
    assert [record.name for record in cabinet.of("r")] == ["Dora"]
    assert table.room.end(CloseReason.ROOM_ENDED).vacated == []
    assert cabinet.of("r") == []


def test_who_left_and_came_again_under_the_name_before_the_server_was_killed_has_the_seat() -> None:
    """The leave was not written, the new reservation was: the player that is still in the world makes room for it."""
    with VirtualRoom(make_game(), journal=True) as room:
        ada = room.join("Ada")
        room.run(3)
        seat = room.room.seats.get(ada.core.player)
        assert seat is not None
        room.room.leave(seat)
        token = "another token of Ada's"
        again = room.room.reserve("another id", "Ada", token_digest(token), room.now)
        room.restart()
        opened = room.room.attendance.tokens.opens(token, room.now)
        assert opened is not None and (opened.player, opened.name) == (again.player, "Ada")
        room.run(2)
        assert [seat.player_id for seat in room.room.seats] == ["another id"]
        assert ada.core.player not in room.world.players


def test_a_server_that_goes_away_keeps_the_sessions() -> None:
    """Its players are to come back."""
    table = Table()
    cabinet = Cabinet()
    table.room.attendance.tokens = Tokens(
        "r", table.room.seats, cabinet, lifetime=LIFETIME, epoch=EPOCH, make_token=random_token
    )
    table.sit("Anna")
    assert table.room.end(CloseReason.GOING_AWAY).vacated == []
    assert [record.name for record in cabinet.of("r")] == ["Anna"]
