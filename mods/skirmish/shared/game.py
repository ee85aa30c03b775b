"""The game itself."""

from tickroom import Game

game = Game("skirmish", title="Skirmish", version="1.0.0", model="lockstep", tick_rate=20, max_players=4)
