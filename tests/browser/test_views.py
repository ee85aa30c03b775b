"""Games on the play page: drawn by their schema, by a view of their own, and by one that is broken."""

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Watched
from tests.browser.player import Player, until
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
MAP_RULES = (
    RULES.replace("import Game,", "import ChunkTiles, Game, TileKind,")
    + """
game.map(
    tile_size=20,
    region=(40, 30),
    kinds=(
        TileKind("grass", properties={"colour": "#10c010"}),
        TileKind("pond", properties={"colour": "#1010c0"}),
    ),
)


@game.generator
def meadow(chunk):
    chunk.fill("grass")


game.input(keys=("flood",), bindings={"flood": ("Space",)})


@game.system("logic")
def flood(world, dt):
    if world.input(0).pressed("flood"):
        world.map.set_tile(10, 14, "pond")
"""
)
TILED_RULES = RULES + 'game.map("../maps/small.tmj")\n'
TILESET = {
    "name": "terrain", "image": "../client/tiles.png", "imagewidth": 32, "imageheight": 16, "tilewidth": 16,
    "tileheight": 16, "tilecount": 2, "columns": 2, "margin": 0, "spacing": 0, "firstgid": 1,
}  # fmt: skip
LAYER = {"type": "tilelayer", "width": 4, "height": 4, "x": 0, "y": 0, "opacity": 1, "visible": True}
ROOFS = [{"name": "above", "type": "bool", "value": True}]
SMALL_MAP = {
    "type": "map", "version": "1.10", "orientation": "orthogonal", "renderorder": "right-down", "infinite": False,
    "width": 4, "height": 4, "tilewidth": 16, "tileheight": 16, "tilesets": [TILESET],
    "layers": [
        {**LAYER, "id": 1, "name": "ground", "data": [1] * 16},
        {**LAYER, "id": 2, "name": "roofs", "data": [0] * 15 + [2], "properties": ROOFS},
    ],
}  # fmt: skip
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
SENDING = """
export default function view(context) {
  context.send("paint", { colour: "green" });
  context.send("paint", { colour: "mud" });
  return { frame({ own }) { context.hud.banner(own?.state ?? ""); } };
}
"""
PAINT = """
from dataclasses import dataclass

from tickroom import Refused


@dataclass
class Paint:
    colour: str


@game.command
def paint(world, player, body: Paint):
    if body.colour != "green":
        raise Refused(f"there is no paint called {body.colour}")
    for _, scene in world.query(Scene):
        scene.state = body.colour
"""
BROKEN_AT_LOAD = 'export default function view() { throw new Error("the paint is dry"); }'
BROKEN_IN_A_KIND = """
export default function view() {
  return { kinds: { dot: { create() { throw new Error("no brush"); } } } };
}
"""


@pytest.fixture
def play(serve: Callable[..., ServerProcess], open_page: OpenPage, tmp_path: Path) -> Callable[..., Player]:
    """Serves a small game with this view module, or without one, and joins it."""

    def play(view: str, rules: str = RULES) -> Player:
        game = tmp_path / "games" / "small"
        (game / "shared").mkdir(parents=True, exist_ok=True)
        (game / "shared" / "__init__.py").write_text(rules, encoding="utf-8")
        if view:
            (game / "client").mkdir(exist_ok=True)
            (game / "client" / "view.js").write_text(view, encoding="utf-8")
        config = tmp_path / "tickroom.toml"
        config.write_text(f"[mods]\nfolders = ['{game.parent}']\n", encoding="utf-8")
        page = open_page(serve("--config", str(config)).url, predicts=False)
        create_room(page, "small")
        return Player.joining(page, "Ann")

    return play


def pixel(player: Player, x: float, y: float) -> list[int]:
    """The colour, red, green and blue, of a place in the world as it is on the screen."""
    at = player.probe(f"toScreen({x}, {y})")
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


def test_a_game_without_a_view_is_drawn_by_its_schema(play: Callable[..., Player]) -> None:
    """The entity has the schema's shape, size and colour; the title is text."""
    player = play("")
    own = player.own
    assert own is not None
    assert own["w"] == 60
    settles(player, own["x"], own["y"] + 20, [0x44, 0xAA, 0xFF])
    assert player.page.locator("#title").inner_text() == "Small <i>game</i>"


def settles(player: Player, x: float, y: float, colour: list[int]) -> None:
    """The place has this colour before long."""
    until(player.page, lambda: pixel(player, x, y) == colour, f"({x}, {y}) is {colour}")


def test_a_map_without_a_view_is_drawn_by_its_kinds_and_as_it_changes(play: Callable[..., Player]) -> None:
    """Tiles without a picture have the colour that they say; one that a rule puts is drawn in place of the old one."""
    player = play("", MAP_RULES)
    settles(player, 210.0, 290.0, [0x10, 0xC0, 0x10])
    player.page.keyboard.press("Space")
    settles(player, 210.0, 290.0, [0x10, 0x10, 0xC0])
    settles(player, 230.0, 290.0, [0x10, 0xC0, 0x10])


def test_a_map_from_tiled_is_drawn_with_its_pictures(play: Callable[..., Player], tmp_path: Path) -> None:
    """Below what moves lie the tileset's own pixels, above it those of a layer that says so."""
    game = tmp_path / "games" / "small"
    (game / "client").mkdir(parents=True)
    (game / "client" / "tiles.png").write_bytes(png(32, 16, ((200, 30, 30), (30, 30, 200))))
    (game / "maps").mkdir()
    (game / "maps" / "small.tmj").write_text(json.dumps(SMALL_MAP), encoding="utf-8")
    rules = TILED_RULES.replace("Position(400.0, 300.0)", "Position(56.0, 56.0)")
    player = play("", rules)
    settles(player, 24.0, 24.0, [200, 30, 30])
    settles(player, 60.0, 60.0, [30, 30, 200])
    settles(player, 56.0, 76.0, [0x44, 0xAA, 0xFF])


def png(width: int, height: int, halves: tuple[tuple[int, int, int], tuple[int, int, int]]) -> bytes:
    """A picture whose left and right half have these colours."""
    row = b"\0" + bytes(halves[0]) * (width // 2) + bytes(halves[1]) * (width // 2)

    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + part(b"IDAT", zlib.compress(row * height)) + part(b"IEND", b"")


def test_a_games_own_view_draws_and_speaks(play: Callable[..., Player]) -> None:
    """The view's shapes replace the schema's, and its texts are text."""
    player = play(OWN_VIEW)
    says(player.page, "#banner", "Hello, player 0")
    says(player.page, "#banner", "<b>not bold</b>")
    own = player.own
    assert own is not None
    settles(player, own["x"], own["y"] + 20, [0xFF, 0, 0xFF])


def test_a_view_sends_commands_and_a_refusal_is_said(play: Callable[..., Player]) -> None:
    """What a view sends is done by the game; what the game refuses is on the page, in its words."""
    player = play(SENDING, RULES + PAINT)
    says(player.page, "#banner", "green")
    says(player.page, "#feed", "there is no paint called mud")


def test_a_view_takes_the_chat_away(play: Callable[..., Player]) -> None:
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
    view: str, words: str, play: Callable[..., Player], watched: Watched
) -> None:
    """A mistake of a game's view costs its drawing only: the page says it and draws by the schema."""
    player = play(view)
    says(player.page, "#feed", words)
    own = player.own
    assert own is not None
    settles(player, own["x"], own["y"] + 20, [0x44, 0xAA, 0xFF])
    assert any(words in error for error in watched.errors), "it is on the console too"
    watched.errors = [error for error in watched.errors if words not in error]
