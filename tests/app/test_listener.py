"""The listening socket and the addresses that are said of it."""

import socket

import pytest

from app.exits import Exit, ProgramError
from app.http import listener
from app.http.listener import address_of, listening, network_url, primary_address


def test_on_loopback_there_is_no_address_for_others() -> None:
    """This machine's own address is said, with the port that was free."""
    with listening("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        assert address_of(bound) == f"http://127.0.0.1:{port}/"
        assert network_url(bound) == ""


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({socket.AF_INET: "192.168.1.5", socket.AF_INET6: "2001:db8::5"}, "http://192.168.1.5:{port}"),
        ({socket.AF_INET: "127.0.0.1"}, ""),
        ({}, ""),
    ],
    ids=["network", "loopback-only", "no-network"],
)
def test_on_every_network_others_have_the_primary_address(
    monkeypatch: pytest.MonkeyPatch, known: dict[int, str], expected: str
) -> None:
    """Bound to 0.0.0.0: the machine's own is loopback, the others' is the primary one, where there is one."""
    monkeypatch.setattr(listener, "primary_address", lambda family: known.get(family, ""))
    with socket.socket() as bound:
        bound.bind(("0.0.0.0", 0))
        port = bound.getsockname()[1]
        assert address_of(bound) == f"http://127.0.0.1:{port}/"
        assert network_url(bound) == expected.format(port=port)


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
@pytest.mark.parametrize("only", [True, False])
def test_an_ipv6_socket_says_an_ipv4_address_only_if_it_takes_it(
    monkeypatch: pytest.MonkeyPatch, only: bool
) -> None:
    """`::` takes both, unless it is told to take IPv6 only."""
    known = {socket.AF_INET: "192.168.1.5", socket.AF_INET6: "2001:db8::5"}
    monkeypatch.setattr(listener, "primary_address", lambda family: known[family])
    with socket.socket(socket.AF_INET6) as bound:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        try:
            bound.bind(("::", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        port = bound.getsockname()[1]
        assert network_url(bound) == (
            f"http://[2001:db8::5]:{port}" if only else f"http://192.168.1.5:{port}"
        )


def test_the_primary_address_is_an_address_or_nothing() -> None:
    """Whatever network this machine has, or has not, asking raises nothing."""
    found = primary_address(socket.AF_INET)
    assert found == "" or socket.inet_aton(found)


@pytest.mark.parametrize("host", ["192.0.2.1", "a" * 100, "nul\0"])
def test_a_wrong_host_is_said_to_be_wrong(host: str) -> None:
    """An address of another machine, what is no name: exit code 4, and it is not the port's fault."""
    with (
        pytest.raises(ProgramError, match="is no address of this machine") as refused,
        listening(host, 0),
    ):
        pass
    assert refused.value.code is Exit.ADDRESS and "--port" not in str(refused.value)
