"""Skirmish in browsers on a real server: set up, played, left, come back to, watched, broken."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.browser.player import feed_of, until
from tests.conftest import ServerProcess, end, start_server
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
Open = Callable[..., "Page"]
FAST = {"generation": 50.0}


def made(server: ServerProcess, **rules: object) -> str:
    """A room of skirmish; the address of its page."""
    status, room = server.request(
        "POST", "/create", {"game": "skirmish", "seed": 7, "rules": {**FAST, **rules}}
    )
    assert status == 201, room
    return str(room["join_url"])


def join(
    open_page: Open, address: str, name: str, before: "Callable[[Page], None] | None" = None, **options: Any
) -> "Page":
    """A page that has joined, and is in the setup or the match; `before` is called before it joins, and loads its engine."""
    page = open_page(address, **options)
    if before is not None:
        before(page)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Play", exact=True).click()
    page.locator("#game.lockstep").wait_for()
    return page


def begin(*pages: "Page") -> None:
    """All are ready; returns when all run the match."""
    for page in pages:
        listed = page.locator("#setup-players li")
        until(page, partial(has_count, listed, len(pages)), "all are listed")
        until(page, partial(has_chosen, page), "all is chosen")
    until(pages[0], partial(have_begun, pages), "all are ready, and the setup is over")
    for page in pages:
        until(page, partial(has_run, page, 4), "the match runs")


def have_begun(pages: "Sequence[Page]") -> bool:
    """Whether the setup is over for all. Who is not ready, or not any more, presses the button: a page to which the game's view
    comes late chooses late, and with that all are unready."""
    for page in pages:
        button = page.get_by_role("button", name="Ready", exact=True)
        if button.is_visible():
            button.click()
            until(page, button.is_hidden, "the page knows that one is ready")
    return not any(page.locator("#setup").is_visible() for page in pages)


def chooses(page: "Page", name: str, option: str, *others: "Page") -> None:
    """One selects an option, again where another change came first, until the others see it."""
    choice = page.get_by_label(name)
    label = choice.locator("option").filter(has_text=option)
    value = label.get_attribute("value")

    def is_seen() -> bool:
        if choice.input_value() != value:
            choice.select_option(value)
        return all(other.get_by_label(name).input_value() == value for other in others)

    until(page, is_seen, f"{name} is {option} for all")


def ends_match(page: "Page") -> None:
    """The host's button, which then asks: for five seconds, which a slow page may need for the answer, and it is pressed anew."""
    page.get_by_role("button", name="End the match").click()
    setup, press = page.locator("#setup"), "document.querySelector('#end-match').click()"
    until(page, lambda: setup.is_visible() or page.evaluate(press), "the match is ended")


def has_count(locator: "Locator", count: int) -> bool:
    return locator.count() == count


def has_chosen(page: "Page") -> bool:
    """Whether nothing of the setup is left to be chosen: each page does that by itself at first, which makes all unready."""
    choices = page.locator("#setup select").all()
    return all(choice.input_value() != "" for choice in choices)


def generation(page: "Page") -> int:
    lockstep = page.evaluate("tickroom.lockstep")
    return int(lockstep["generation"]) if lockstep else -1


def says(locator: "Locator", *words: str) -> bool:
    text = locator.inner_text()
    return all(word in text for word in words)


def has_run(page: "Page", least: int) -> bool:
    """Whether it has come to that generation."""
    return generation(page) >= least


def sums(page: "Page") -> dict[str, int]:
    found: dict[str, int] = page.evaluate("tickroom.lockstep.checksums")
    return found


def assert_agree(*pages: "Page") -> None:
    """All have a generation in common, and equal checksums in all of those."""
    first = max(generation(page) for page in pages)
    for page in pages:
        until(page, partial(has_run, page, first), "all have run what the first has")
    seen: list[dict[str, int]] = [
        {} for _ in pages
    ]  # a page keeps the last 64: a slow one has others than a quick one

    def have_one_in_common() -> bool:
        for page, known in zip(pages, seen, strict=True):
            known.update(sums(page))
        return bool(set.intersection(*map(set, seen)))

    until(pages[0], have_one_in_common, "all have a generation in common")
    common = set.intersection(*map(set, seen))
    assert all(len({each[generation] for each in seen}) == 1 for generation in common)


def test_two_pages_set_a_match_up_and_play_it(server: ServerProcess, open_page: Open) -> None:
    """Choices are shown to both; the teams differ by themselves; who is away is said, and removed by the host; equal teams
    are refused with the reason; the match then runs, a worker obeys on both pages alike, and the states agree."""
    address = made(server)
    ada, ben = join(open_page, address, "Ada"), join(open_page, address, "Ben")
    cleo = join(open_page, address, "Cleo")
    until(cleo, partial(has_chosen, cleo), "Cleo has a team")
    cleo.goto("about:blank")
    ada.get_by_text("Cleo is away, and waited for only 10 seconds.").wait_for()
    ada.get_by_role("button", name="Remove Cleo").click()
    until(ada, partial(has_count, ada.locator("#setup-players li"), 2), "Cleo is removed")
    until(ben, lambda: ben.get_by_label("Team of Ben").input_value() == "1", "Ben has another team than Ada")
    chooses(ada, "Map", "large, 96 x 96", ben)
    chooses(ben, "Team of Ben", "Team 1", ada)
    for page in (ada, ben):
        page.get_by_role("button", name="Ready", exact=True).click()
    ada.get_by_text("The match cannot begin: all are in one team: there is nobody to fight.").wait_for()
    chooses(ben, "Team of Ben", "Team 2", ada)
    begin(ada, ben)
    assert not ada.locator("#setup").is_visible()
    ada.locator(".skirmish-field").wait_for()
    ada.locator("#hint").get_by_text("right click: go, gather").wait_for()
    shown = ada.locator("#hint.shown").count()
    ada.get_by_role("button", name="How to play").click()
    until(ada, lambda: ada.locator("#hint.shown").count() != shown, "the help comes and goes")
    assert_agree(ada, ben)


def test_one_who_is_away_is_named_and_comes_back(server: ServerProcess, open_page: Open) -> None:
    """The others see who is awaited, and go on without after the room's patience; who comes back by a reload runs what was missed
    and plays on in the same state."""
    address = made(server, patience=4_000.0)
    ada, ben = join(open_page, address, "Ada"), join(open_page, address, "Ben")
    begin(ada, ben)
    ben.goto("about:blank")
    ada.locator("#banner.shown").get_by_text("Ben is awaited").wait_for()
    until(ada, lambda: not ada.locator("#banner.shown").count(), "the match goes on without Ben")
    before = generation(ada)
    until(ada, lambda: generation(ada) > before + 5, "the match goes on without Ben")
    ben.goto(address)
    until(ben, lambda: generation(ben) > before, "Ben has caught up")
    assert ben.evaluate("tickroom.lockstep.plays") is True
    assert_agree(ada, ben)


@pytest.mark.parametrize("policy", ["wait", "vote"])
def test_the_others_vote_where_the_room_lets_them(
    server: ServerProcess, open_page: Open, policy: str
) -> None:
    """Whoever is awaited can be gone on without by a button, which rooms that do not vote have not."""
    address = made(server, missing=policy)
    ada, ben = join(open_page, address, "Ada"), join(open_page, address, "Ben")
    begin(ada, ben)
    ben.goto("about:blank")
    until(ada, partial(says, ada.locator("#banner"), "Waiting", "Ben is awaited"), "Ada is told of Ben")
    button, at = ada.get_by_role("button", name="Go on without Ben"), generation(ada)
    if policy == "wait":
        assert button.count() == 0
        return
    button.click()
    until(ada, partial(has_run, ada, at + 4), "the match goes on")


def test_a_match_ends_and_another_begins(server: ServerProcess, open_page: Open) -> None:
    """The host pauses, goes on, and ends the match; all are in the setup again, and the next match begins anew."""
    address = made(server)
    ada, ben = join(open_page, address, "Ada"), join(open_page, address, "Ben")
    begin(ada, ben)
    ada.get_by_role("button", name="Pause").click()
    ben.locator("#banner.shown").get_by_text("Paused", exact=True).wait_for()
    ada.get_by_role("button", name="Go on").click()
    until(ben, lambda: not ben.locator("#banner.shown").count(), "it goes on")
    assert ben.get_by_role("button", name="End the match").count() == 0
    ada.keyboard.press("F3")
    overlay = ada.locator("#overlay")
    until(
        ada,
        partial(
            says, overlay, "Slowest", "Iterations per command", "All agreed"
        ),  # of a busy machine somebody is
        "the overlay",
    )
    assert not overlay.get_by_text("Predict own moves").is_visible()
    ada.keyboard.press("F3")
    ends_match(ada)
    ben.locator("#setup-detail").get_by_text("The host has ended the match.").wait_for()
    assert ben.locator("#setup").is_visible()
    begin(ada, ben)
    assert_agree(ada, ben)


def test_who_leaves_a_match_is_told_and_keeps_the_name(server: ServerProcess, open_page: Open) -> None:
    """Ben leaves in the middle of it: Ada's page says so, and the game's own view goes on calling him Ben."""
    address = made(server)
    ada, ben = join(open_page, address, "Ada"), join(open_page, address, "Ben")
    begin(ada, ben)
    ben.locator("#leave").click()
    until(ada, lambda: "Ben has left the match." in feed_of(ada), "it is told")
    at = generation(ada)
    until(ada, partial(has_run, ada, at + 4), "the match goes on")
    assert ada.locator(".skirmish-realms").inner_text().split() == ["Ada", "Ben"]


def test_latecomers_watch(server: ServerProcess, open_page: Open) -> None:
    """Who comes while a match runs has no part in it: the page runs it from its beginning, sees everything, and agrees."""
    address = made(server)
    ada, ben = join(open_page, address, "Ada"), join(open_page, address, "Ben")
    begin(ada, ben)
    cleo = join(open_page, address, "Cleo")
    until(cleo, lambda: generation(cleo) > 5, "Cleo's page runs the match")
    assert cleo.evaluate("tickroom.lockstep.plays") is False
    cleo.locator(".skirmish-field").wait_for()
    assert_agree(ada, ben, cleo)


@pytest.mark.parametrize("players", [2, 3, 4])
def test_a_state_that_was_changed_is_found_out(server: ServerProcess, open_page: Open, players: int) -> None:
    """In Ben's browser everybody gets gold in generation 20, once: in that very generation the match halts, all pages say that
    the games differ and in what first, and the report names Ben."""
    address = made(server)
    small = {"viewport": {"width": 640, "height": 480}}

    def cheat(route: Any) -> None:
        own = "this.generation = generation;\n  }"
        gold = "for (const { realm } of this.world.all('realm')) realm.gold += 1;"
        once = f"if (generation === 20 && !globalThis.hasCheated) {{ globalThis.hasCheated = true; {gold} }}"
        source = route.fetch().text()
        assert source.count(own) == 1
        route.fulfill(body=source.replace(own, once + own), content_type="text/javascript")

    def cheats(page: "Page") -> None:
        page.context.route("**/engine.js", cheat)

    names = ("Ada", "Ben", "Cleo", "Dan")[:players]
    pages = [join(open_page, address, name, cheats if name == "Ben" else None, **small) for name in names]
    begin(*pages)
    for page in pages:
        banner = page.locator("#banner.shown")
        banner.get_by_text("The games differ", exact=True).wait_for()
        until(page, partial(says, banner, "Realm", "gold"), "what differs")
    (file,) = server.data.glob(f"journals/{address.rpartition('/')[2]}/desync-*.json")
    report = json.loads(file.read_text())
    assert (report["generation"], report["confirmed"]) == (20, 19)
    assert (report["component"], report["field"]) == ("Realm", "gold")
    assert report["wrong" if players > 2 else "suspects"] == [1]
    ends_match(pages[0])


def test_a_match_outlives_its_server(tmp_path: Path, open_page: Open) -> None:
    """SIGKILL in the middle of a match: both pages come back by themselves, run what follows, and agree."""
    port = ("--port", str(free_port()))
    server = start_server(*port, data=tmp_path)
    try:
        address = made(server)
        ada, ben = join(open_page, address, "Ada"), join(open_page, address, "Ben")
        begin(ada, ben)
        server.process.kill()
        server.process.wait()
        server.close()
        ada.get_by_text("The connection was lost").wait_for()
        before = generation(ada)
        server = start_server(*port, data=tmp_path)
        for page in (ada, ben):
            until(page, partial(has_run, page, before + 6), "the match goes on")
        assert_agree(ada, ben)
    finally:
        end(server)


RACE = """
export function create() {
  let steps = 0, clicks = [];
  return {
    init(seed, setup) { if (setup.players.length < 1) throw { refused: "nobody is here" }; },
    step({ iterations, bodies }) { steps += iterations; for (const [player] of bodies) clicks.push(player); },
    checksum: () => steps, dump: () => ({ steps, clicks }), load(dump) { ({ steps, clicks } = dump); },
    scene: () => ({ width: 100, height: 50, shapes: [{ shape: "text", x: 50, y: 25, h: 8, text: `clicks ${clicks.length}` },
      { shape: "circle", x: steps % 100, y: 40, w: 6, colour: "#7ee0b8" }] }),
    result: () => (clicks.length >= 3 ? "Three clicks are enough." : ""),
  };
}
"""


def upload(server: ServerProcess, source: str) -> str:
    """A room with an engine of one's own; the address of its page."""
    with httpx.Client(trust_env=False) as client:
        files = {"engine": ("race.js", source), "room": (None, '{"name": "Race"}')}
        answer = client.post(f"{server.url}/create", files=files)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["join_url"])


def has_ended_by_clicks(page: "Page") -> bool:
    """Clicks, unless it was enough."""
    if page.locator("#setup").is_visible():
        return page.locator("#setup-detail").inner_text() == "Three clicks are enough."
    page.mouse.click(100, 700)
    return False


def test_an_uploaded_engine_is_played(server: ServerProcess, open_page: Open) -> None:
    """It runs in the sandbox; the page draws its scene and hands it clicks; its result ends the match."""
    ada = join(open_page, upload(server, RACE), "Ada")
    begin(ada)
    ada.locator("canvas.plain-view").wait_for()
    assert ada.locator("iframe[sandbox=allow-scripts]").count() == 1
    until(ada, lambda: has_ended_by_clicks(ada), "three packets with clicks")
    assert ada.locator("#setup").is_visible()


def test_a_page_says_that_an_uploaded_engine_was_ended(server: ServerProcess, open_page: Open) -> None:
    """One that cannot be loaded is said as soon as one joins; of one that loops for ever in the middle of a match the page says
    why there is no game any more, and lives. To join again is not what it offers first, and where it is of no use not at all."""
    broken = join(open_page, upload(server, RACE.replace("return {", "return {{")), "Ada")
    broken.get_by_role("alertdialog").get_by_text("The game's engine failed").wait_for()
    assert "primary" in (broken.locator("#all-rooms").get_attribute("class") or "")
    assert broken.locator("#again").is_hidden()
    looping = RACE.replace("steps += iterations;", "steps += iterations; while (steps > 20);")
    ada = join(open_page, upload(server, looping), "Ada")
    ada.get_by_role("button", name="Ready", exact=True).click()
    ada.get_by_role("alertdialog").get_by_text("The game's engine has not answered for 5 seconds").wait_for()
    assert "primary" not in (ada.locator("#again").get_attribute("class") or "")
    assert ada.locator("#again").is_visible()
    assert ada.locator("iframe").count() == 0
