"""The game itself: its name, its controls and what its entities look like without the game's own view."""

from tickroom import Game

from .tuning import HEIGHT, TICK_RATE, WIDTH

game = Game(
    "arena",
    title="Arena",
    version="1.0.0",
    tick_rate=TICK_RATE,
    max_players=16,
    width=WIDTH,
    height=HEIGHT,
    substeps=4,  # a runner overlaps a wall by 2.5 units in the tick of the impact; with 1 it is 10
)

game.input(
    keys=("up", "down", "left", "right", "fire", "dash", "reload"),
    axes=("move_x", "move_y", "aim_x", "aim_y"),
    bindings={
        "up": ("KeyW", "ArrowUp", "Gamepad12"),
        "down": ("KeyS", "ArrowDown", "Gamepad13"),
        "left": ("KeyA", "ArrowLeft", "Gamepad14"),
        "right": ("KeyD", "ArrowRight", "Gamepad15"),
        "fire": ("Pointer0", "Space", "Gamepad7", "Gamepad0"),
        "dash": ("ShiftLeft", "ShiftRight", "Pointer2", "Gamepad6", "Gamepad1"),
        "reload": ("KeyR", "Gamepad2"),
    },
)

game.kind("wall", shape="box", colour="#3b4458", layer=0)
game.kind("heal", shape="circle", colour="#57d977", layer=1)
game.kind("rapid", shape="circle", colour="#ffc94d", layer=1)
game.kind("crate", shape="box", colour="#c58b4a", layer=1)
game.kind("hunter", shape="circle", colour="#e2574c", layer=2)
game.kind("fighter", shape="circle", colour="#4da3ff", layer=3, label=True)
game.kind("bullet", shape="circle", colour="#fff3b0", layer=4)
game.kind("scorecard", shape="circle", colour="#0000", layer=5)
game.kind("round", shape="circle", colour="#0000", layer=5)
