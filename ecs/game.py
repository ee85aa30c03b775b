"""The Game: what a mod declares. A wrong declaration is refused at once, with the mod's file and line."""

from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, TypeVar, overload

from ecs import validate
from ecs.built_in import COMPONENTS, EVENTS, SYSTEMS
from ecs.declare import (
    AUDIENCES,
    HOOKS,
    MOST_MILLISECONDS,
    STAGES,
    Audience,
    AuthorityDeclaration,
    CommandDeclaration,
    ComponentDeclaration,
    EventDeclaration,
    InputDeclaration,
    Kind,
    LagCompensation,
    RpcDeclaration,
    Stage,
    SystemDeclaration,
)
from ecs.game_lockstep import DeclaresLockstep
from ecs.game_map import DeclaresMap
from ecs.game_prediction import SNAP_PART, DeclaresPrediction
from ecs.layout import Layout, NotPlain
from ecs.order import arrange
from ecs.saved import Migration, SavedDeclaration, declared_save

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])

MAX_KEYS = 32
MAX_AXES = 8


class Game(DeclaresMap, DeclaresLockstep, DeclaresPrediction):
    """A game's definition: its components, systems, commands, events, inputs and kinds.

    `tick_rate` is in ticks a second (1 to 128); `width` and `height` in world units, from (0, 0); `gravity` in units a
    second squared; `damping` is the part of its speed that a body keeps each second. `substeps` (1 to 16): how many steps
    physics takes in a tick; more let fast bodies overlap less when they meet. `keyframe_interval` is in ticks:
    at each multiple physics is made canonical, so that a snapshot of that tick continues bit for bit. The `..._step`s
    say how finely positions, speeds and sizes travel; the defaults suit the world's size. `view_radius`: how far a
    player sees, in world units; None: the whole room. Raises GameError.
    """

    def __init__(
        self,
        name: str,
        *,
        title: str = "",
        version: str = "0.0.0",
        tick_rate: int = 30,
        max_players: int = 16,
        width: float = 1000.0,
        height: float = 1000.0,
        model: str = "authoritative",
        keyframe_interval: int = 200,
        damping: float = 1.0,
        gravity: tuple[float, float] = (0.0, 0.0),
        substeps: int = 1,
        position_step: float | None = None,
        velocity_step: float | None = None,
        size_step: float | None = None,
        view_radius: float | None = None,
    ) -> None:
        self.name = validate.check_name(name, "a game's name")
        self.title = title or name
        self.version = version
        validate.check_number(tick_rate, "tick_rate", 1, 128, whole=True)
        validate.check_number(max_players, "max_players", 1, 10_000, whole=True)
        validate.check_number(width, "width", 1e-3, 1e9)
        validate.check_number(height, "height", 1e-3, 1e9)
        validate.check_option(model, "model", ("authoritative", "lockstep"))
        validate.check_number(keyframe_interval, "keyframe_interval", 1, 1_000_000, whole=True)
        validate.check_number(damping, "damping", 0.0, 1.0)
        validate.check_number(substeps, "substeps", 1, 16, whole=True)
        self.tick_rate = tick_rate
        self.max_players = max_players
        self.width = float(width)
        self.height = float(height)
        self.model = model
        self.keyframe_interval = keyframe_interval
        self.damping = float(damping)
        self.gravity = _vector(gravity, "gravity")
        self.substeps = substeps
        self.position_step = _step(position_step, "position_step", fitting_step(max(self.width, self.height)))
        self.velocity_step = _step(velocity_step, "velocity_step", self.position_step * 4)
        self.size_step = _step(size_step, "size_step", self.position_step * 4)
        self.view_radius = None if view_radius is None else _step(view_radius, "view_radius", 0.0)
        self.inputs = InputDeclaration(bindings={})
        self.kinds: dict[str, Kind] = {}
        self.components: dict[str, ComponentDeclaration] = dict(COMPONENTS)
        self.events: dict[str, EventDeclaration] = dict(EVENTS)
        self.systems: dict[str, SystemDeclaration] = {}
        self.commands: dict[str, CommandDeclaration] = {}
        self.rpcs: dict[str, RpcDeclaration] = {}
        self.authorities: dict[type, AuthorityDeclaration] = {}
        self.save: SavedDeclaration | None = None
        """What is kept of a player from one day to the next."""
        self.rewind: LagCompensation | None = None
        """Whose places of the last ticks are kept, for what a shooter saw."""
        self.hooks: dict[str, list[Callable[..., None]]] = {hook: [] for hook in HOOKS}
        self.chart: Mapping[str, Any] | None = None
        self.view = ""
        """Set by the loader: the address of the game's own view module."""
        self.fingerprint = ""
        """Set by the loader: the hash of protocol, engine, shared rules and component schema."""
        self.rules = ""
        """Set by the loader: the hash of all that a tick runs, what is in server/ included."""
        self.file, self.line = validate.where_called()

    # Declaring ------------------------------------------------------------------------------------------------------

    def input(
        self,
        keys: Iterable[str] = (),
        axes: Iterable[str] = (),
        bindings: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        """Declare the keys (at most 32) and axes (at most 8) of a player; `bindings`: key name -> codes that press it.

        A code is a browser's `KeyboardEvent.code` ("KeyW", "ArrowUp", "Space"), "Pointer0".. or "Gamepad0"...
        """
        self.check_open()
        key_names = tuple(validate.check_name(key, "a key") for key in keys)
        axis_names = tuple(validate.check_name(axis, "an axis") for axis in axes)
        if len(key_names) > MAX_KEYS or len(axis_names) > MAX_AXES:
            validate.refuse(f"a game has at most {MAX_KEYS} keys and {MAX_AXES} axes")
        if len(set(key_names)) != len(key_names) or len(set(axis_names)) != len(axis_names):
            validate.refuse("a key or an axis is declared twice")
        bound = {key: _codes(key, codes) for key, codes in (bindings or {}).items()}
        for key, codes in bound.items():
            if key not in key_names:
                validate.refuse(f"a binding names {key!r}, which is no key of {key_names}")
            for code in codes:
                validate.check_code(code, f"a binding of {key!r}")
        self.inputs = InputDeclaration(key_names, axis_names, bound)

    def kind(
        self, name: str, *, shape: str = "circle", colour: str = "#888", layer: int = 0, label: bool = False
    ) -> None:
        """Declare a kind of SceneEntity and how the default page draws it: `shape` "circle" or "box", a CSS colour,
        the drawing `layer` (low first), and whether the owner's name stands above."""
        self.check_open()
        validate.check_name(name, "a kind")
        validate.check_option(shape, "shape", ("circle", "box"))
        validate.check_number(layer, "layer", -1000, 1000, whole=True)
        if name in self.kinds:
            validate.refuse(f"the kind {name!r} is declared twice")
        validate.check_colour(colour, "a kind's colour")
        self.kinds[name] = Kind(name, shape, colour, layer, bool(label))

    def component(
        self,
        cls: Any = None,
        *,
        replicate: Audience | None = None,
        quantise: Mapping[str, float] | None = None,
        predicted: bool = False,
        tolerance: Mapping[str, float] | None = None,
        checksum: bool = True,
    ) -> Any:
        """Declare a `@dataclass(slots=True)` as a component.

        `replicate`: who sees it: "near" the entity, its "owner", the owner's "team", "always" (everybody); nobody by
        default. `quantise`: field -> step it travels in. `predicted`: clients compute it ahead; `tolerance`: field ->
        error that is let pass. `checksum`: whether it counts when two sides compare. Raises GameError.
        """

        def declare(cls: C) -> C:
            self.check_open()
            layout = self._layout(cls, "a component", frozen=False)
            name = cls.__name__
            if name in self.components:
                validate.refuse(f"the component {name} is declared twice")
            if replicate is not None:
                validate.check_option(replicate, f"{name}: replicate", AUDIENCES)
                _check_scalars(layout, f"{name} is replicated")
            steps = _numbers(layout, quantise, f"{name}: quantise")
            errors = _numbers(layout, tolerance, f"{name}: tolerance", zero=True)
            self.components[name] = ComponentDeclaration(
                cls, name, layout, replicate, steps, predicted, errors, checksum
            )
            return cls

        return declare if cls is None else declare(cls)

    def event(
        self, cls: Any = None, *, server_only: bool = False, quantise: Mapping[str, float] | None = None
    ) -> Any:
        """Declare a dataclass as an event. `server_only` ones are for rules and never leave the server."""

        def declare(cls: C) -> C:
            self.check_open()
            layout = self._layout(cls, "an event", frozen=True)
            name = cls.__name__
            if name in self.events:
                validate.refuse(f"the event {name} is declared twice")
            steps = _numbers(layout, quantise, f"{name}: quantise")
            self.events[name] = EventDeclaration(cls, name, layout, steps, server_only)
            return cls

        return declare if cls is None else declare(cls)

    def system(
        self,
        stage: Stage,
        *,
        predicted: bool | None = None,
        before: str | Callable[..., Any] | Iterable[str | Callable[..., Any]] = (),
        after: str | Callable[..., Any] | Iterable[str | Callable[..., Any]] = (),
    ) -> Callable[[F], F]:
        """Declare `def name(world, dt)` as a system of a stage: "input", "physics", "logic" or "events".

        Systems of a stage run in the order they are declared, moved by `before` and `after` (systems or their names).
        The engine's own step in the stage "physics" is named "physics". `predicted`: clients compute it ahead; they do not
        without it, and `False` says that this is meant. Raises GameError.
        """
        validate.check_option(stage, "a system's stage", STAGES)

        def declare(function: F) -> F:
            self.check_open()
            validate.check_parameters(function, "a system", ("world", "dt"))
            name = function.__name__
            if name in self.systems or name in {system.name for system in SYSTEMS}:
                validate.refuse(f"the system {name!r} is declared twice", function)
            file, line = validate.where_defined(function)
            self.systems[name] = SystemDeclaration(
                name,
                stage,
                function,
                bool(predicted),
                _names(before),
                _names(after),
                file,
                line,
                predicted is not None,
            )
            return function

        return declare

    @overload
    def command(self, function: F) -> F: ...
    @overload
    def command(self, function: None = None, *, name: str = "") -> Callable[[F], F]: ...
    def command(self, function: Any = None, *, name: str = "") -> Any:
        """Declare `def name(world, player, body: Body)` as a command that players may give; `Body` is a dataclass or a
        msgspec Struct. It runs at the start of a tick, in the order of arrival; raise `Refused("why")` to refuse."""

        def declare(function: F) -> F:
            self.check_open()
            validate.check_parameters(function, "a command", ("world", "player", "body"))
            body = validate.type_of_parameter(function, 2, "a command")
            named = validate.check_name(name or function.__name__, "a command's name")
            if named in self.commands:
                validate.refuse(f"the command {named!r} is declared twice", function)
            validate.check_body(body, "a command's body", function)
            self.commands[named] = CommandDeclaration(named, body, function)
            return function

        return declare if function is None else declare(function)

    @overload
    def rpc(self, function: F) -> F: ...
    @overload
    def rpc(self, function: None = None, *, name: str = "") -> Callable[[F], F]: ...
    def rpc(self, function: Any = None, *, name: str = "") -> Any:
        """Declare `def name(world, player, body: Body) -> Answer` as a call that players may make and get an answer to.

        It runs at the start of a tick like a command, once for each id a client gives; the answer is in that tick's
        bundle. `Answer` is a dataclass, a msgspec Struct, a plain value or None. Raise `Refused("why")` to refuse.
        """

        def declare(function: F) -> F:
            self.check_open()
            validate.check_parameters(function, "an rpc", ("world", "player", "body"))
            body = validate.type_of_parameter(function, 2, "an rpc")
            named = validate.check_name(name or function.__name__, "an rpc's name")
            if named in self.rpcs:
                validate.refuse(f"the rpc {named!r} is declared twice", function)
            validate.check_body(body, "an rpc's body", function)
            answer = validate.type_of_answer(function, "an rpc")
            self.rpcs[named] = RpcDeclaration(named, body, answer, function)
            return function

        return declare if function is None else declare(function)

    def authority(self, request: type) -> Callable[[F], F]:
        """Declare `def name(world, player, request)` as what answers `world.ask(request)`: on the server only."""

        def declare(function: F) -> F:
            self.check_open()
            validate.check_parameters(function, "an authority", ("world", "player", "request"))
            if not isinstance(request, type):
                validate.refuse(f"an authority answers a type of request, not {request!r}", function)
            if request in self.authorities:
                validate.refuse(f"{request.__name__} has an authority already", function)
            self.authorities[request] = AuthorityDeclaration(request, function)
            return function

        return declare

    def saved(
        self, cls: Any = None, *, version: int = 1, migrate: Mapping[int, Migration] | None = None
    ) -> Any:
        """Declare a `@dataclass(slots=True)` as what is kept of a player when the room is gone: `world.saved(player)`.

        Every field has a default: what a new player has. `migrate`: version -> `def name(old)` that makes the values of
        that version, by field, those of the next; one for each version before `version`. Raises GameError.
        """

        def declare(cls: C) -> C:
            self.check_open()
            if self.model == "lockstep":
                validate.refuse("a lock-step game has no saved data: the server does not compute its world")
            if self.save is not None:
                validate.refuse(f"a game has one class of saved data, and {self.save.name} is declared")
            self.save = declared_save(cls, self._layout(cls, "saved data", frozen=False), version, migrate)
            return cls

        return declare if cls is None else declare(cls)

    def on(self, hook: str) -> Callable[[F], F]:
        """Declare what happens at "create" `(world)`, or at a player's "join", "leave" (for good), "drop" (connection
        lost) or "return" `(world, player)`. Hooks run in the order they are declared."""
        validate.check_option(hook, "a hook", HOOKS)

        def declare(function: F) -> F:
            self.check_open()
            names = ("world",) if hook == "create" else ("world", "player")
            validate.check_parameters(function, f"on({hook!r})", names)
            self.hooks[hook].append(function)
            return function

        return declare

    def lag_compensation(self, *types: type, milliseconds: int, teleport: float | None = None) -> None:
        """Keep where entities with one of these components were, for `world.seen_by`: at most 500 ms.

        The game's choice is between the shooter, who hits what was seen, and the target, who is hit where it was so long ago.
        Whoever goes farther in a tick than `teleport` (world units; default: a twentieth of the world's longer side) was nowhere
        in between. Raises GameError.
        """
        self.check_open()
        if self.rewind is not None:
            validate.refuse("lag_compensation is declared twice")
        if self.model == "lockstep":
            validate.refuse("a lock-step game needs no lag_compensation: all players see the same tick")
        validate.check_number(
            milliseconds, "lag_compensation: milliseconds", 1, MOST_MILLISECONDS, whole=True
        )
        declared = {declaration.type for declaration in self.components.values()}
        for of in types:
            if of not in declared:
                validate.refuse(f"lag_compensation names {of!r}, which is no component of the game")
        if not types:
            validate.refuse("lag_compensation names the components of what may be aimed at")
        farthest = max(self.width, self.height) * SNAP_PART
        step = _step(teleport, "lag_compensation: teleport", farthest)
        self.rewind = LagCompensation(types, milliseconds, step)

    def states(self, document: Mapping[str, Any]) -> None:
        """Declare the game's child states of the room's chart, as a document (see docs/modding.md)."""
        self.check_open()
        if not isinstance(document, Mapping):
            validate.refuse(f"game.states takes a document, not {document!r}")
        self.chart = document

    def seal(self) -> None:
        """Called by the loader when the mod is whole: nothing can be declared any more. Idempotent.

        Raises GameError when `before` and `after` go in a circle or name no system of the stage, and for what would never
        be called in a lock-step game, and for bodies that nothing can be decoded to.
        """
        heard: list[CommandDeclaration | RpcDeclaration] = [*self.commands.values(), *self.rpcs.values()]
        for declared in heard:
            validate.check_decodable(declared.type, declared.handler)
        arrange((*SYSTEMS, *self.systems.values()))
        self.check_lockstep()
        self.check_prediction()
        self.sealed = True

    def schema_text(self) -> str:
        """What the fingerprint covers of the declarations: every line is one option, component, event or command."""
        lines = [f"game {self.name} {self.version} {self.model} {self.tick_rate} {self.keyframe_interval}"]
        lines.append(
            f"world {self.width!r} {self.height!r} {self.damping!r} {self.gravity!r} {self.substeps}"
        )
        lines.append(f"steps {self.position_step!r} {self.velocity_step!r} {self.size_step!r}")
        lines.append(f"inputs {self.inputs.keys} {self.inputs.axes}")
        for name, declared in sorted(self.components.items()):
            fields = " ".join(f"{field.name}:{field.type}" for field in declared.layout.fields)
            numbers = f"{sorted(declared.quantise.items())} {sorted(declared.tolerance.items())}"
            rules = f"{declared.replicate} {declared.predicted} {declared.checksum} {numbers}"
            lines.append(f"component {name} {fields} {rules}")
        for name, event in sorted(self.events.items()):
            fields = " ".join(f"{field.name}:{field.type}" for field in event.layout.fields)
            lines.append(f"event {name} {fields} {sorted(event.quantise.items())} {event.server_only}")
        lines += self.map_schema()
        lines += self.prediction_schema()
        lines += [f"command {name} {self.commands[name].type.__name__}" for name in sorted(self.commands)]
        return "\n".join(lines)

    # Inside ---------------------------------------------------------------------------------------------------------

    def _layout(self, cls: Any, what: str, *, frozen: bool) -> Layout:
        if not isinstance(cls, type):
            validate.refuse(f"{what} is a class, not {cls!r}")
        try:
            layout = Layout(cls)
        except NotPlain as error:
            validate.refuse(f"{cls.__name__}: {error}")
        except NameError as error:
            validate.refuse(f"{cls.__name__}: a field's type is not known when the mod loads: {error}")
        if "__slots__" not in cls.__dict__ and layout.fields:
            validate.refuse(f"{cls.__name__}: {what} needs slots: @dataclass(slots=True)")
        if not frozen and cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            validate.refuse(f"{cls.__name__}: a component is changed in place and cannot be frozen")
        return layout


def fitting_step(extent: float) -> float:
    """The finest power of two whose multiples up to `extent` fit in 16 bits."""
    step = 1.0
    while extent / step > 65_535:
        step *= 2
    while extent / (step / 2) <= 65_535:
        step /= 2
    return step


def _step(given: float | None, what: str, default: float) -> float:
    if given is None:
        return default
    validate.check_number(given, what, 1e-9, 1e9)
    return float(given)


def _vector(given: Any, what: str) -> tuple[float, float]:
    numbers = tuple(given) if isinstance(given, tuple | list) else ()
    if len(numbers) != 2 or not all(isinstance(n, int | float) and isfinite(n) for n in numbers):
        validate.refuse(f"{what} is two numbers (x, y), not {given!r}")
    return (float(numbers[0]), float(numbers[1]))


def _codes(key: str, given: Any) -> tuple[Any, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        validate.refuse(
            f"the bindings of {key!r} are a tuple of codes, as in ('KeyW', 'ArrowUp'), not {given!r}"
        )
    return tuple(given)


def _names(given: Any) -> tuple[str, ...]:
    if isinstance(given, str) or callable(given):
        given = (given,)
    return tuple(item if isinstance(item, str) else item.__name__ for item in given)


def _check_scalars(layout: Layout, what: str) -> None:
    for field in layout.fields:
        if field.type not in ("int", "float", "bool", "str"):
            validate.refuse(
                f"{what}: its field {field.name!r} must be int, float, bool or str, not {field.type}"
            )


def _numbers(
    layout: Layout, given: Mapping[str, float] | None, what: str, *, zero: bool = False
) -> dict[str, float]:
    numeric = [field.name for field in layout.fields if field.type in ("int", "float")]
    for name, value in (given or {}).items():
        if name not in numeric:
            validate.refuse(f"{what} names {name!r}; the numeric fields are {numeric}")
        validate.check_number(value, f"{what}[{name!r}]", 0.0 if zero else 1e-9, 1e9)
    return {name: float(value) for name, value in (given or {}).items()}
