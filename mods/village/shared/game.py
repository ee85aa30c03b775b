"""The game itself: its name, its map, its controls, and how it looks without its own view."""

from tickroom import Game

from .tuning import SIDE, TICK_RATE, VIEW_RADIUS

game = Game(
    "village",
    title="Village",
    version="1.0.0",
    tick_rate=TICK_RATE,
    max_players=400,
    width=SIDE,
    height=SIDE,
    view_radius=VIEW_RADIUS,
    keyframe_interval=400,  # a new Space with all walls and bodies takes some 15 ms
)

game.map("../map/village.tmj")

game.input(
    keys=("up", "down", "left", "right", "act", "drink"),
    axes=("move_x", "move_y"),
    bindings={
        "up": ("KeyW", "ArrowUp", "Gamepad12"),
        "down": ("KeyS", "ArrowDown", "Gamepad13"),
        "left": ("KeyA", "ArrowLeft", "Gamepad14"),
        "right": ("KeyD", "ArrowRight", "Gamepad15"),
        "act": ("Space", "KeyE", "Pointer0", "Gamepad0"),
        "drink": ("KeyQ", "Gamepad2"),
    },
)

game.kind("loot", shape="circle", colour="#f2c53f", layer=1)
game.kind("villager", shape="circle", colour="#c9a24a", layer=2)
game.kind("slime", shape="circle", colour="#62b44e", layer=2)
game.kind("wolf", shape="circle", colour="#6c7080", layer=2)
game.kind("hero", shape="circle", colour="#3f7fd0", layer=3, label=True)
game.kind("sky", shape="circle", colour="#0000", layer=4)
