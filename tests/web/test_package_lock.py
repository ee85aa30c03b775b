"""The lock files of npm install anywhere, from any registry."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
every_lock = pytest.mark.parametrize("folder", ["web", "bench/peers", "bench/peers/colyseus"])


def locked_packages(folder: str) -> dict[str, dict[str, Any]]:
    text = (ROOT / folder / "package-lock.json").read_text(encoding="utf-8")
    packages: dict[str, dict[str, Any]] = json.loads(text)["packages"]
    return packages


@every_lock
def test_lock_names_no_registry(folder: str) -> None:
    """No package in the lock is bound to the registry that it was first fetched from."""
    assert "://" not in "".join(
        str(package.get("resolved", "")) for package in locked_packages(folder).values()
    )


@every_lock
def test_every_locked_package_has_a_hash(folder: str) -> None:
    """What is installed is what was locked, byte for byte."""
    unhashed = [
        path
        for path, package in locked_packages(folder).items()
        if path.startswith("node_modules/") and not package.get("link") and not package.get("integrity")
    ]
    assert unhashed == []


@every_lock
def test_lock_holds_every_platform(folder: str) -> None:
    """A tool's binaries for other platforms are in the lock too: npm ci refuses it anywhere when one is missing."""
    packages = locked_packages(folder)
    missing = [
        name
        for package in packages.values()
        for name in package.get("optionalDependencies", {})
        if f"node_modules/{name}" not in packages
    ]
    assert missing == []
