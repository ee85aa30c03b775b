"""A journal run again: what a file has, whether it gives the same game, the room at any of its ticks."""
