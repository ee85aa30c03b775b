"""What the client's tests share."""

import pytest

from net.codec import CODECS
from tests.client.scripted import ScriptedServer


@pytest.fixture(params=list(CODECS.values()), ids=list(CODECS))
def server(request: pytest.FixtureRequest) -> ScriptedServer:
    """A scripted server, in each codec."""
    return ScriptedServer(request.param)
