"""The process of a referee: `tickroom referee GAME`, started by a server and by nobody else."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from app.games.mod_files import candidate_at
from app.games.mods import load_mod
from app.rooms.referee import LENGTH, MAX_FRAME, frame
from ecs.game import Game
from net.lockstep.referee import Lost, Order
from net.lockstep.referee_engine import RefereeEngine

NICENESS = 5
"""Rooms come first."""

_orders = msgspec.msgpack.Decoder(Order)


@click.command(hidden=True)
@click.argument("game", type=click.Path(path_type=Path, exists=True))
def referee(game: Path) -> None:
    """Run the engine of GAME for a server: orders come by the standard input, words go by the standard output."""
    os.nice(NICENESS)
    orders, words = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a game prints is no word of ours
    try:
        _serve(load_mod(candidate_at(game)).hosted.game, orders, words)
    except BrokenPipeError:
        sys.exit(0)  # the server has gone


def _serve(game: Game, orders: BinaryIO, words: BinaryIO) -> None:
    """Until the orders end, or the engine is lost."""
    engine = RefereeEngine(game)
    while head := orders.read(LENGTH):
        length = int.from_bytes(head, "little")
        if length > MAX_FRAME:
            raise ValueError(f"an order of {length} bytes")
        for word in engine.hear(_orders.decode(orders.read(length))):
            words.write(frame(word))
            words.flush()
            if isinstance(word, Lost):
                return
