"""What only the server knows and decides: places, loot, hunters, damage, rounds, careers."""

from . import careers, combat, fighters, hunters, loot, rounds

__all__ = ["careers", "combat", "fighters", "hunters", "loot", "rounds"]
