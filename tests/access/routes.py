"""Every route there is, from the OpenAPI document, and what a request to it looks like."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi._compat import ModelField
from fastapi.routing import APIRoute

from notion_gateway.app import api

DOCUMENT: dict[str, Any] = api().openapi()

ABOUT_NO_SPACE = {
    "GET /me",
    "GET /invitations",
    "GET /workspaces",
    "POST /sign-ins",
    "POST /invitation-links/look",
    "POST /invitation-links/accept",
    "GET /spaces",
    "POST /spaces",
    "GET /livez",
    "GET /readyz",
    "GET /integrations/notion/mcp/oauth/callback",
    "POST /integrations/notion/oauth/mcp/finish",
}
"""Routes that name no space: the caller's own, or a consent's. Each has its own test below."""

PAGES = {
    "GET /connect/{space}",
    "POST /connect/{space}",
    "GET /connect/{space}/mine",
    "POST /connect/{space}/mine",
    "GET /.well-known/oauth-protected-resource/mcp/notion/{space_id}",
    "GET /.well-known/oauth-protected-resource/mcp/notion/{space_id}/",
}
"""Not in the document, because they are for browsers and OAuth clients; see test_pages.py."""

NAMES = frozenset({"space_id", "X-Space-ID"})


@dataclass(frozen=True, slots=True)
class Operation:
    """``space_in``: path, query or header; None where the request names no space."""

    method: str
    path: str
    space_in: str | None
    body: bytes | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def request(self, space: str, **path: str) -> tuple[str, dict[str, str]]:
        """Target and headers, for one space."""
        ids = {"user_id": "u0", "token_id": "t0", "webhook_id": "w0", "delivery_id": "d0"}
        ids |= {"conversation_id": "c0", "share_id": "s0", "link_id": "l0"}
        values = {"space_id": space, **ids, **path}
        target = self.path.format(**values)
        if self.space_in == "query":
            target += f"?space_id={space}"
        return target, {"X-Space-ID": space} if self.space_in == "header" else {}


def operations() -> list[Operation]:
    return list(_operations())


def _operations() -> Iterator[Operation]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            places = {one["in"] for one in operation.get("parameters", []) if one["name"] in NAMES}
            assert len(places) <= 1
            body: dict[str, Any] | None = operation.get("requestBody")
            yield Operation(
                method.upper(),
                path,
                next(iter(places), None),
                _body(path, body) if body is not None else None,
            )


def about_spaces() -> list[Operation]:
    return [one for one in operations() if one.space_in is not None]


def undocumented() -> set[str]:
    """Paths that are served and stand in no document, and take a space all the same."""
    described = {str(one) for one in operations()}
    served = {
        f"{method} {route.path_format}": {one.name for one in _parameters(route)}
        for route in leaves(api().routes)
        for method in route.methods or ()
    }
    assert described <= served.keys() | {str(one) for one in operations() if "/mcp/" in one.path}
    return {name for name in served.keys() - described if {"space_id", "space"} & served[name]}


def leaves(routes: Sequence[object]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        included: Any = getattr(route, "original_router", None)  # FastAPI keeps them as they are
        if included is not None:
            yield from leaves(included.routes)


def _parameters(route: APIRoute) -> list[ModelField]:
    dependants = [route.dependant]
    found: list[ModelField] = []
    while dependants:
        one = dependants.pop()
        found += [*one.path_params, *one.query_params, *one.header_params]
        dependants += one.dependencies
    return found


def _body(path: str, body: Mapping[str, Any]) -> bytes:
    if path.startswith("/mcp/"):
        return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
    schema: dict[str, Any] = body["content"]["application/json"]["schema"]
    return json.dumps(_example(schema)).encode()


def _example(schema: Mapping[str, Any]) -> object:
    """The least that fits."""
    if "$ref" in schema:
        return _example(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return schema["enum"][-1]
    if schema.get("type") == "object":
        required: list[str] = schema.get("required", [])
        return {name: _example(schema["properties"][name]) for name in required}
    if schema.get("type") == "integer":
        return schema.get("minimum", 1)
    return "x"
