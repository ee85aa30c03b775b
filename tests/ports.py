"""Ports for servers that are started again on the port that they had."""

import random
import socket

PORTS = range(20_000, 32_000)
"""Below the kernel's own choice (32768 and up): no client is given such a port while nobody listens there."""


def free_port() -> int:
    """A port that nobody listens on, and that the kernel gives to no client."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
