"""What text from people may have in it, wherever other people are shown it."""

JOINERS = "\u200c\u200d"
"""Invisible characters that are let through: they join letters of some scripts, and parts of an emoji."""


def is_plain(text: str) -> bool:
    """Whether every character prints: no control characters, no line breaks, nothing that turns the writing around."""
    return all(character.isprintable() or character in JOINERS for character in text)
