"""The web client's lock file installs anywhere, from any registry."""

import json
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[2] / "web/package-lock.json"


def locked_packages() -> dict[str, dict[str, Any]]:
    packages: dict[str, dict[str, Any]] = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return packages


def test_lock_names_no_registry() -> None:
    """No package in the lock is bound to the registry that it was first fetched from."""
    assert "://" not in "".join(str(package.get("resolved", "")) for package in locked_packages().values())


def test_every_locked_package_has_a_hash() -> None:
    """What is installed is what was locked, byte for byte."""
    unhashed = [
        path
        for path, package in locked_packages().items()
        if path.startswith("node_modules/") and not package.get("link") and not package.get("integrity")
    ]
    assert unhashed == []


def test_lock_holds_every_platform() -> None:
    """A tool's binaries for other platforms are in the lock too: npm ci refuses it anywhere when one is missing."""
    packages = locked_packages()
    missing = [
        name
        for package in packages.values()
        for name in package.get("optionalDependencies", {})
        if f"node_modules/{name}" not in packages
    ]
    assert missing == []
