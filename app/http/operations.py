"""The table of HTTP operations: the routes and /openapi.json are both made from it, so that one cannot lie of the other."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.http import problems
from ecs.version import VERSION

Handler = Callable[[Request], Awaitable[Response]]
SENTENCES = {
    400: "The request is malformed.",
    401: "The token that this needs is missing, or is not one.",
    403: "Not allowed.",
    404: "There is no such thing.",
    405: "The address does not take that method; the Allow header lists those it takes.",
    408: "The body did not come in time.",
    409: "The room is full, or the name is taken.",
    410: "The room has ended.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    421: "The Host header names another server.",
    422: "The body does not fit.",
    429: "Too much from one address; Retry-After says when to come again.",
    500: "The server or the game made a mistake.",
    503: "The server takes no more now.",
    507: "The server has no room for another engine.",
}
ANY = (400, 405, 421, 500)
TEXT = {"type": "string"}
INSIDE = {"number": {"type": "integer", "minimum": 0, "maximum": 65_535}}
"""What stands in a path and is no text."""
BODY = (408, 413, 415, 422)


@dataclass(frozen=True, slots=True)
class Operation:
    """One address and what it does. `answers`: status -> struct, or media types that are no JSON."""

    path: str
    methods: tuple[str, ...]
    handler: Handler
    name: str
    summary: str
    answers: Mapping[int, type[msgspec.Struct] | tuple[str, ...]]
    problems: tuple[int, ...] = ()
    body: type[msgspec.Struct] | None = None
    form: type[msgspec.Struct] | None = None
    """Another body that it takes: a form with the file `engine`, and this as the part `room`."""
    query: Mapping[str, str] = field(default_factory=dict)
    admin: bool = False
    account: bool = False
    """Whether the token of an account may come with it."""
    also: tuple[str, ...] = ()
    """Media types that a success may have besides JSON."""

    @property
    def template(self) -> str:
        """The address as OpenAPI writes it: `{path}` for Starlette's `{path:path}`."""
        return re.sub(r":\w+}", "}", self.path)

    def route(self) -> Route:
        """The Starlette route. HEAD comes with GET."""
        return Route(self.path, self.handler, methods=list(self.methods), name=self.name)


def openapi(operations: list[Operation]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a table of operations."""
    structs = _structs(operations)
    schemas, components = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    references = dict(zip(structs, schemas, strict=True))
    for component in components.values():
        if "description" in component:
            component["description"] = cleandoc(component["description"])
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        for method in operation.methods:
            paths.setdefault(operation.template, {})[method.lower()] = _described(
                operation, method, references
            )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tickroom",
            "version": VERSION,
            "description": "Rooms of multiplayer games: making, finding and joining them. The games themselves are played "
            "over WebSockets, in the protocol of /protocol.json.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "admin": {"type": "http", "scheme": "bearer", "description": "The admin token."},
                "account": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of the operator's identity provider, where the server has accounts.",
                },
            },
        },
    }


def _structs(operations: list[Operation]) -> list[type[msgspec.Struct]]:
    found: dict[type[msgspec.Struct], None] = {problems.ProblemBody: None}
    for operation in operations:
        for body in (operation.body, operation.form):
            if body:
                found[body] = None
        for answer in operation.answers.values():
            if isinstance(answer, type):
                found[answer] = None
    return list(found)


def _described(operation: Operation, method: str, references: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name + ("" if method == operation.methods[0] else f"_by_{method.lower()}"),
        "summary": operation.summary,
        "responses": _responses(operation, references),
    }
    if method != operation.methods[0]:
        described["description"] = (
            f"Does exactly what {operation.methods[0]} does: each request makes something new, so sending it twice is "
            "not the same as once."
        )
    if operation.body:
        content: dict[str, Any] = {"application/json": {"schema": references[operation.body]}}
        if operation.form:
            content["multipart/form-data"] = _form(references[operation.form])
        required = any(field.required for field in msgspec.structs.fields(operation.body))
        described["requestBody"] = {"required": required, "content": content}
    if parameters := _parameters(operation):
        described["parameters"] = parameters
    if operation.admin:
        described["security"] = [{"admin": []}]
    if operation.account:
        described["security"] = [{}, {"account": []}]
    return described


def _form(room: dict[str, Any]) -> dict[str, Any]:
    engine = {"type": "string", "format": "binary"}
    return {
        "schema": {"type": "object", "required": ["engine"], "properties": {"engine": engine, "room": room}},
        "encoding": {"room": {"contentType": "application/json"}},
    }


def _responses(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, answer in operation.answers.items():
        plain = answer if isinstance(answer, tuple) else operation.also
        content: dict[str, Any] = {media: {} for media in plain}
        if isinstance(answer, type):
            content["application/json"] = {"schema": references[answer]}
        responses[str(status)] = {"description": "Success.", **({"content": content} if content else {})}
    codes = {*operation.problems, *ANY, *(BODY if operation.body else ())}
    for status in sorted(codes - set(operation.answers)):
        content = {problems.CONTENT_TYPE: {"schema": references[problems.ProblemBody]}}
        responses[str(status)] = {"description": SENTENCES[status], "content": content}
    return responses


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", operation.template)
    inside = [
        {"name": name, "in": "path", "required": True, "schema": INSIDE.get(name, TEXT)} for name in names
    ]
    asked = [
        {"name": name, "in": "query", "required": False, "description": meaning, "schema": TEXT}
        for name, meaning in operation.query.items()
    ]
    return [*inside, *asked]
