"""What one address may do a minute. Addresses are forgotten when they have been quiet; how many are known is bounded."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from math import ceil

from app.http.problems import Problem
from net.rate import RateLimit

MAX_ADDRESSES = 10_000
"""Beyond this the address that was heard of longest ago is forgotten: a flood of addresses costs 2 MB and no more."""


class Budget:
    """So many of one thing a minute for each address, all of them at once if it likes."""

    def __init__(self, per_minute: int, what: str) -> None:
        self.per_minute = per_minute
        self.what = what
        self._addresses: OrderedDict[str, RateLimit] = OrderedDict()

    def spend(self, address: str, now: float) -> None:
        """Take one. Raises Problem 429, which says when to come again."""
        if not self._limit(network(address), now).take(1.0, now):
            wait = ceil(60 / self.per_minute)
            detail = f"One address may {self.what} {self.per_minute} times a minute. Come again in {wait} s."
            raise Problem(429, detail, {"Retry-After": str(wait)})

    def _limit(self, key: str, now: float) -> RateLimit:
        limit = self._addresses.get(key)
        if limit is None:
            limit = self._addresses[key] = RateLimit(self.per_minute / 60.0, float(self.per_minute), now)
            if len(self._addresses) > MAX_ADDRESSES:
                self._addresses.popitem(last=False)
        else:
            self._addresses.move_to_end(key)
        return limit

    def __len__(self) -> int:
        return len(self._addresses)


def network(address: str) -> str:
    """Whom a limit counts: an IPv4 address, or the /64 of an IPv6 one, in which one household has them all."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> 64 << 64)) + "/64"
    return str(parsed)
