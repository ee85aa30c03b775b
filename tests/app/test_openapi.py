"""/openapi.json and /protocol.json: that they are true."""

import re
from typing import Any

import msgspec
import pytest
from starlette.routing import Route, WebSocketRoute

from app.http.application import Documents, application, operations
from net import protocol
from tests.app.site_kit import ADMIN, Kit, make_kit

NO_API = {"/favicon.ico"}


def document(kit: Kit, name: str = "openapi") -> Any:
    response = kit.request("GET", f"/{name}.json")
    assert response.status_code == 200
    return response.json()


def test_every_route_is_in_the_document_and_nothing_else() -> None:
    """Each method of each address that is served is described once, and no other."""
    kit = make_kit()
    described = {
        (path, method.upper()) for path, methods in document(kit)["paths"].items() for method in methods
    }
    app: Any = application(kit.site)
    served = set()
    for route in app._app._app.routes:
        assert isinstance(route, Route | WebSocketRoute)
        if isinstance(route, Route) and route.path not in NO_API:
            template = re.sub(r":\w+}", "}", route.path)
            served |= {(template, method) for method in route.methods or () if method != "HEAD"}
    assert described == served


def test_every_reference_leads_somewhere_and_every_id_is_its_own() -> None:
    """$refs resolve inside the document; operation ids are unique; path parameters are described."""
    openapi = document(make_kit())
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', msgspec.json.encode(openapi).decode()):
        place: Any = openapi
        for part in reference.split("/"):
            place = place[part]
    ids = []
    for path, methods in openapi["paths"].items():
        for operation in methods.values():
            ids.append(operation["operationId"])
            named = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert {"400", "405", "421", "500"} <= set(operation["responses"])
    assert len(set(ids)) == len(ids)


def test_what_put_does_is_said() -> None:
    """It is POST by another name, and a program that takes PUT for repeatable is told."""
    paths = document(make_kit())["paths"]
    for path in ("/create", "/join/{room_id}"):
        assert "exactly what POST does" in paths[path]["put"]["description"]
        assert "description" not in paths[path]["post"]


def test_a_body_is_required_where_an_empty_one_does_not_fit() -> None:
    """A program made from the document knows that a join may come without a body and an announcement not."""
    paths = document(make_kit())["paths"]
    required = {
        path: paths[path]["post"]["requestBody"]["required"] for path in ("/announce", "/join/{room_id}")
    }
    assert required == {"/announce": True, "/join/{room_id}": False}


def test_a_player_s_number_is_described_as_one() -> None:
    """Path parameters are text but for the number of a player."""
    described = document(make_kit())["paths"]["/rooms/{room_id}/players/{number}/kick"]["post"]
    types = {each["name"]: each["schema"]["type"] for each in described["parameters"]}
    assert types == {"room_id": "string", "number": "integer"}


def test_a_method_that_is_not_taken_is_answered_as_described() -> None:
    """405 is a problem, as the operations of that address say."""
    kit = make_kit()
    response = kit.request("DELETE", "/games")
    content = document(kit)["paths"]["/games"]["get"]["responses"][str(response.status_code)]["content"]
    assert response.headers["content-type"] in content and response.headers["allow"]


def schema_errors(schema: Any, value: Any, definitions: Any, place: str = "$") -> list[str]:
    """Where a value does not fit a schema: enough of JSON Schema for what our structs give."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    types: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    kind = schema.get("type")
    if kind and not isinstance(value, types[kind]):
        return [f"{place}: {value!r} is no {kind}"]
    errors = []
    if kind == "object":
        missing = set(schema.get("required", [])) - set(value)
        unknown = set(value) - set(schema.get("properties", {}))
        errors += [f"{place}: missing {missing}" for _ in [1] if missing]
        errors += [f"{place}: unknown {unknown}" for _ in [1] if unknown]
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                errors += schema_errors(inner, value[name], definitions, f"{place}.{name}")
    if kind == "array":
        for index, each in enumerate(value):
            errors += schema_errors(schema["items"], each, definitions, f"{place}[{index}]")
    return errors


def calls(room_id: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(method, address as described, address as asked, options): successes and failures of every JSON operation."""
    bearer = {"Authorization": f"Bearer {ADMIN}"}
    return [
        ("get", "/games", "/games", {}),
        ("get", "/games", "/games", {"headers": {"Host": "elsewhere.example"}}),
        ("get", "/rooms", "/rooms", {}),
        ("post", "/create", "/create", {"json": {"game": "walk"}}),
        (
            "put",
            "/create",
            "/create",
            {"json": {"game": "walk", "name": "x", "settings": {"max_players": 2}}},
        ),
        ("post", "/create", "/create", {"json": {"game": "chess"}}),
        ("post", "/create", "/create", {"json": []}),
        ("post", "/create", "/create", {"content": b"x" * 20_000}),
        ("post", "/create", "/create", {"content": b"x"}),
        ("get", "/join", f"/join?game_id={room_id}", {}),
        ("get", "/join", "/join", {}),
        ("get", "/join", "/join?game_id=nowhere", {}),
        ("get", "/join/{room_id}", f"/join/{room_id}", {}),
        ("get", "/join/{room_id}", "/join/nowhere", {}),
        ("post", "/join/{room_id}", f"/join/{room_id}", {"json": {"username": "Ada"}}),
        ("put", "/join/{room_id}", f"/join/{room_id}", {"json": {"username": "Ada"}}),
        ("post", "/join/{room_id}", "/join/nowhere", {"json": {}}),
        ("post", "/join/{room_id}", f"/join/{room_id}", {"json": {"username": ""}}),
        ("get", "/rooms/{room_id}", f"/rooms/{room_id}", {}),
        ("get", "/rooms/{room_id}", "/rooms/nowhere", {}),
        ("post", "/announce", "/announce", {"json": {"text": "hi"}}),
        ("post", "/announce", "/announce", {"json": {"text": "hi"}, "headers": bearer}),
        ("post", "/announce", "/announce", {"json": {}, "headers": bearer}),
        *(
            (
                "post",
                f"/rooms/{{room_id}}/{what}",
                f"/rooms/{where}/{what}",
                {"json": body, "headers": bearer},
            )
            for what, body in (("announce", {"text": "hi"}), ("announce", {"text": "\n"}))
            for where in (room_id, "nowhere")
        ),
        ("get", "/rooms/{room_id}/players", f"/rooms/{room_id}/players", {}),
        ("get", "/rooms/{room_id}/players", f"/rooms/{room_id}/players", {"headers": bearer}),
        ("get", "/rooms/{room_id}/players", "/rooms/nowhere/players", {"headers": bearer}),
        *(
            (
                "post",
                f"/rooms/{{room_id}}/players/{{number}}/{act}",
                f"/rooms/{room_id}/players/{number}/{act}",
                {"headers": {"Authorization": f"Bearer {token}"}},
            )
            for act in ("mute", "unmute", "kick", "ban")
            for number in ("0", "9", "x")
            for token in (ADMIN, "nonsense")
        ),
        ("delete", "/rooms/{room_id}", f"/rooms/{room_id}", {}),
        ("delete", "/rooms/{room_id}", f"/rooms/{room_id}", {"headers": bearer}),
        ("get", "/rooms/{room_id}", f"/rooms/{room_id}", {}),
        ("get", "/healthz", "/healthz", {}),
        ("get", "/readyz", "/readyz", {}),
        ("get", "/", "/", {}),
        ("get", "/assets/{path}", "/assets/../secret", {}),
        ("get", "/games/{game}/{digest}/{path}", "/games/walk/0/view.js", {}),
    ]


def test_what_is_answered_is_what_is_described() -> None:
    """Every answer's status, media type and body is one that the document gives for that operation."""
    kit = make_kit()
    openapi = document(kit)
    definitions = openapi["components"]["schemas"]
    for method, described, asked, options in calls(kit.create()):
        response = kit.request(method.upper(), asked, **options)
        responses = openapi["paths"][described][method]["responses"]
        assert str(response.status_code) in responses, (method, asked, response.status_code)
        content = responses[str(response.status_code)].get("content", {})
        if not content:
            assert response.content == b""
            continue
        media = response.headers["content-type"].partition(";")[0]
        assert media in content, (method, asked, media)
        assert schema_errors(content[media]["schema"], response.json(), definitions) == []


def test_every_body_that_is_described_is_refused_when_it_does_not_fit() -> None:
    """An operation with a body describes 413, 415 and 422."""
    kit = make_kit()
    for operation in operations(kit.site, Documents()):
        if operation.body:
            described = document(kit)["paths"][operation.template][operation.methods[0].lower()]
            assert {"408", "413", "415", "422"} <= set(described["responses"])


def test_the_protocol_document_is_the_protocol() -> None:
    """/protocol.json has the version, every close reason with its sentence, and every message."""
    served = document(make_kit(), "protocol")
    assert served["version"] == protocol.PROTOCOL_VERSION
    assert {reason["code"] for reason in served["close_reasons"]} == set(protocol.CloseReason)
    structs = {
        name
        for name, each in vars(protocol).items()
        if isinstance(each, type) and issubclass(each, msgspec.Struct) and each.__struct_fields__
    }
    assert structs <= set(served["schema"]["$defs"])


@pytest.mark.parametrize("name", ["openapi", "protocol"])
def test_documents_are_made_once(name: str) -> None:
    """A second request gets the same bytes."""
    documents = Documents()
    documents.table = operations(make_kit().site, documents)
    first, second = (documents._document(name, dict) for _ in range(2))
    assert first.body is second.body
