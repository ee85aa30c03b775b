"""Components whose writes are noticed: rarely written, and read by parts that must not scan them every tick."""

from typing import Any

_set = object.__setattr__


class Watched:
    """Base of `Collide` and `Scene`. Once on an entity, a write adds the entity's id to every log of the world.

    A write costs about 0.3 µs instead of 0.06; comparing the 13 fields of 1,000 `Collide`s every tick cost 300 µs.
    """

    __slots__ = ("_watch",)
    _watch: tuple[int, list[dict[int, None]]] | None

    def __setattr__(self, name: str, value: Any) -> None:
        _set(self, name, value)
        watch = getattr(self, "_watch", None)
        if watch is not None:
            entity, logs = watch
            for log in logs:
                log[entity] = None


def attach(component: Watched, entity: int, logs: list[dict[int, None]]) -> None:
    """From now on a write to `component` adds `entity` to each of `logs`."""
    _set(component, "_watch", (entity, logs))


def detach(component: Watched) -> None:
    """The component is on no entity any more."""
    _set(component, "_watch", None)


def watched_by(component: Watched) -> int | None:
    """The entity that the component is on, or None."""
    watch = getattr(component, "_watch", None)
    return None if watch is None else watch[0]
