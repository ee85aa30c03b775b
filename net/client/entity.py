"""An entity of the scene, in world units."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, eq=False)
class Entity:
    """A SceneEntity as this client knows it. `id` is never reused; `slot` names it on the wire while it is seen.

    `x, y, w, h` are in world units, `vx, vy` in world units a second, `angle` in radians from 0 to 2 pi. `owner` is a
    player's number or -1. `components` are what everyone who sees it knows; `private` what only this client may
    know. Both are by the component's name, with the fields that the game declares.
    """

    slot: int
    id: int
    kind: str
    owner: int
    x: float
    y: float
    vx: float
    vy: float
    w: float
    h: float
    angle: float
    state: str
    components: dict[str, Any] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)
    exact: dict[str, list[Any]] = field(default_factory=dict)
    """Of an own entity, for a client that predicts: exact numbers, by the component's name; under "" its motion."""

    def __getitem__(self, component: str) -> Any:
        """The component of this name, private ones first. Raises KeyError."""
        if component in self.private:
            return self.private[component]
        return self.components[component]

    def __contains__(self, component: str) -> bool:
        """Whether it has a component of this name."""
        return component in self.private or component in self.components
