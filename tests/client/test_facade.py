"""`tickroom.client` and `tickroom.testing`: what programs and tests import."""

import subprocess
import sys
from typing import get_args

import pytest

import tickroom.client
import tickroom.testing


def test_every_name_of_the_facade_is_there() -> None:
    """What `__all__` promises can be had, the late names too."""
    for module in (tickroom.client, tickroom.testing):
        assert sorted(module.__all__, key=str) == sorted(set(module.__all__))
        for name in module.__all__:
            assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = tickroom.client.nothing_such


def test_every_event_can_be_imported() -> None:
    """A program can tell each event that it may get by its class."""
    events = {event.__name__ for event in get_args(tickroom.client.ClientEvent)}
    assert events <= set(tickroom.client.__all__)


def test_the_core_is_imported_without_what_a_browser_tab_has_not() -> None:
    """A fresh process that imports the facade's client has no asyncio, sockets, numpy or websockets."""
    program = (
        "import sys, tickroom.client; tickroom.client.ClientCore('token').connect();"
        "print(*{'asyncio', 'socket', 'selectors', 'numpy', 'websockets', 'structlog'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.split() == []
