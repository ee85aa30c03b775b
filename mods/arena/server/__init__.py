"""What only the server knows and decides: places, loot, hunters, damage, rounds."""

from . import combat, fighters, hunters, loot, rounds

__all__ = ["combat", "fighters", "hunters", "loot", "rounds"]
