"""Games on the play page: drawn by their schema, by a view of their own, and by one that is broken."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Watched
from tests.browser.player import Player
from tests.browser.test_trouble import says
from tests.browser.test_two_players import OpenPage, create_room
from tests.conftest import ServerProcess

pytestmark = pytest.mark.browser
RULES = """
from tickroom import Game, Position, Scene

game = Game("small", title="Small <i>game</i>", version="1.0.0", tick_rate=20, max_players=4, width=800.0, height=600.0)
game.kind("dot", shape="circle", colour="#4af", layer=1, label=True)


@game.on("join")
def join(world, player):
    world.spawn(Position(400.0, 300.0), Scene("dot", owner=player, w=60.0, h=60.0))
"""
OWN_VIEW = """
export default function view(context) {
  context.hud.banner(`Hello, player ${context.player}`, "<b>not bold</b>");
  const dot = { create: () => new context.pixi.Graphics().circle(0, 0, 30).fill("#ff00ff"), label: false };
  return { kinds: { dot } };
}
"""
WITHOUT_CHAT = """
export default function view(context) {
  context.hud.chat(false);
  context.hud.banner("no talking");
}
"""
BROKEN_AT_LOAD = 'export default function view() { throw new Error("the paint is dry"); }'
BROKEN_IN_A_KIND = """
export default function view() {
  return { kinds: { dot: { create() { throw new Error("no brush"); } } } };
}
"""


@pytest.fixture
def play(serve: Callable[..., ServerProcess], open_page: OpenPage, tmp_path: Path) -> Callable[[str], Player]:
    """Serves a small game with this view module, or without one, and joins it."""

    def play(view: str) -> Player:
        game = tmp_path / "games" / "small"
        (game / "shared").mkdir(parents=True)
        (game / "shared" / "__init__.py").write_text(RULES, encoding="utf-8")
        if view:
            (game / "client").mkdir()
            (game / "client" / "view.js").write_text(view, encoding="utf-8")
        config = tmp_path / "tickroom.toml"
        config.write_text(f"[mods]\nfolders = ['{game.parent}']\n", encoding="utf-8")
        page = open_page(serve("--config", str(config)).url)
        create_room(page, "small")
        return Player.joining(page, "Ann")

    return play


def pixel(player: Player, x: float, y: float) -> list[int]:
    """The colour, red, green and blue, of a place in the world as it is on the screen."""
    at = player.probe(f"toScreen({x}, {y})")
    player.page.wait_for_timeout(100)
    shot = player.page.screenshot(clip={"x": int(at["x"]), "y": int(at["y"]), "width": 1, "height": 1})
    colour: list[int] = player.page.evaluate(
        """async bytes => {
            const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
            const canvas = new OffscreenCanvas(1, 1).getContext("2d");
            canvas.drawImage(picture, 0, 0);
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        list(shot),
    )
    return colour


def test_a_game_without_a_view_is_drawn_by_its_schema(play: Callable[[str], Player]) -> None:
    """The entity has the schema's shape, size and colour; the title is text."""
    player = play("")
    own = player.own
    assert own is not None
    assert own["w"] == 60
    assert pixel(player, own["x"], own["y"] + 20) == [0x44, 0xAA, 0xFF]
    assert player.page.locator("#title").inner_text() == "Small <i>game</i>"


def test_a_games_own_view_draws_and_speaks(play: Callable[[str], Player]) -> None:
    """The view's shapes replace the schema's, and its texts are text."""
    player = play(OWN_VIEW)
    says(player.page, "#banner", "Hello, player 0")
    says(player.page, "#banner", "<b>not bold</b>")
    own = player.own
    assert own is not None
    assert pixel(player, own["x"], own["y"] + 20) == [0xFF, 0, 0xFF]


def test_a_view_takes_the_chat_away(play: Callable[[str], Player]) -> None:
    """Neither the button nor Enter opens the chat where the game's view wants none."""
    player = play(WITHOUT_CHAT)
    says(player.page, "#banner", "no talking")
    assert player.page.locator("#talk").is_hidden()
    player.page.keyboard.press("Enter")
    assert player.page.locator("#chat-text").is_hidden()
    assert player.page.evaluate("document.activeElement.id") == "canvas"


@pytest.mark.parametrize(
    ("view", "words"),
    [(BROKEN_AT_LOAD, "the paint is dry"), (BROKEN_IN_A_KIND, "no brush")],
    ids=["at load", "in a kind"],
)
def test_a_broken_view_is_said_and_played_without(
    view: str, words: str, play: Callable[[str], Player], watched: Watched
) -> None:
    """A mistake of a game's view costs its drawing only: the page says it and draws by the schema."""
    player = play(view)
    says(player.page, "#feed", words)
    own = player.own
    assert own is not None
    assert pixel(player, own["x"], own["y"] + 20) == [0x44, 0xAA, 0xFF]
    assert any(words in error for error in watched.errors), "it is on the console too"
    watched.errors = [error for error in watched.errors if words not in error]
