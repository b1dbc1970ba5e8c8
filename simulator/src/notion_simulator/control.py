"""Runtime control under /_simulator, without authentication: the simulator is a loopback tool."""

import json
from collections.abc import Mapping
from typing import Any, cast

import anyio
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from notion_simulator.faults import Fault
from notion_simulator.json_answers import json_answer
from notion_simulator.settings import SimulatorSettings
from notion_simulator.simulator import Simulator

MAX_WAIT_SECONDS = 60.0


class NoBrowsers:
    """Refuses what a web page sends: any page could otherwise reset a developer's simulator."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "origin" in Headers(scope=scope):
            refusal = json_answer({"error": "forbidden", "detail": "not for web pages"}, 403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Control:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def mount(self) -> Mount:
        """Returns the control routes under /_simulator."""
        return Mount("/_simulator", routes=self._routes(), middleware=[Middleware(NoBrowsers)])

    def _routes(self) -> list[Route]:
        return [
            Route("/health", self.health),
            Route("/counters", self.counters),
            Route("/wait", self.wait),
            Route("/reset", self.reset, methods=["POST"]),
            Route("/settings", self.settings, methods=["GET"]),
            Route("/settings", self.change_settings, methods=["PATCH"]),
            Route("/faults", self.faults, methods=["GET"]),
            Route("/faults", self.add_fault, methods=["POST"]),
            Route("/faults", self.clear_faults, methods=["DELETE"]),
            Route("/workspaces", self.workspaces),
            Route("/announce-lists", self.announce_lists, methods=["POST"]),
            Route("/expire-access-tokens", self.expire_access_tokens, methods=["POST"]),
            Route("/revoke-grants", self.revoke_grants, methods=["POST"]),
            Route("/forget-clients", self.forget_clients, methods=["POST"]),
        ]

    async def health(self, request: Request) -> Response:
        del request
        return json_answer({"status": "ok", "public_url": self._simulator.base_url})

    async def counters(self, request: Request) -> Response:
        del request
        return json_answer(self._simulator.observation())

    async def wait(self, request: Request) -> Response:
        """Answers once the count at `path` (keys joined by dots) is at least or exactly so much."""
        query = request.query_params
        try:
            path = query["path"].split(".")
            timeout = min(float(query.get("timeout_seconds", "5")), MAX_WAIT_SECONDS)
            least = int(query["at_least"]) if "at_least" in query else None
            exact = int(query["equals"]) if "equals" in query else None
        except (KeyError, ValueError):
            return problem("needs path, and at_least or equals as a whole number")
        if (least is None) == (exact is None):
            return problem("needs exactly one of at_least and equals")

        def reached() -> bool:
            count = count_at(self._simulator.counters.snapshot(), path)
            return count >= least if least is not None else count == exact

        with anyio.move_on_after(timeout) as deadline:
            await self._simulator.counters.wait_until(reached)
        status = 408 if deadline.cancelled_caught else 200
        return json_answer(self._simulator.counters.snapshot(), status)

    async def reset(self, request: Request) -> Response:
        del request
        self._simulator.reset()
        return Response(status_code=204)

    async def settings(self, request: Request) -> Response:
        del request
        return json_answer(self._simulator.settings.model_dump(mode="json"))

    async def change_settings(self, request: Request) -> Response:
        changes = await _json_object(request)
        if changes is None:
            return problem("the body must be a JSON object of settings")
        before = self._simulator.settings.model_dump()
        try:
            changed = SimulatorSettings.model_validate({**before, **changes})
        except ValidationError as error:
            return _invalid(error)
        self._simulator.settings = changed
        return json_answer(changed.model_dump(mode="json"))

    async def faults(self, request: Request) -> Response:
        del request
        return json_answer({"faults": self._simulator.faults.describe()})

    async def add_fault(self, request: Request) -> Response:
        document = await _json_object(request)
        if document is None:
            return problem("the body must be a JSON object describing a fault")
        try:
            fault = Fault.model_validate(document)
        except ValidationError as error:
            return _invalid(error)
        self._simulator.faults.add(fault)
        return json_answer({"faults": self._simulator.faults.describe()}, 201)

    async def clear_faults(self, request: Request) -> Response:
        del request
        self._simulator.faults.clear()
        return Response(status_code=204)

    async def workspaces(self, request: Request) -> Response:
        del request
        listed = [
            {"id": workspace.id, "name": workspace.name, "pages": len(workspace.pages)}
            for workspace in self._simulator.workspaces.values()
        ]
        return json_answer({"workspaces": listed})

    async def announce_lists(self, request: Request) -> Response:
        del request
        return json_answer({"sessions": await self._simulator.list_news.announce()})

    async def expire_access_tokens(self, request: Request) -> Response:
        del request
        count = self._simulator.oauth.expire_access_tokens(self._simulator.clock())
        return json_answer({"expired": count})

    async def revoke_grants(self, request: Request) -> Response:
        del request
        return json_answer({"revoked": self._simulator.oauth.revoke_all("revoked_by_user")})

    async def forget_clients(self, request: Request) -> Response:
        del request
        count = len(self._simulator.oauth.clients)
        self._simulator.oauth.clients.clear()
        return json_answer({"forgotten": count})


def count_at(counts: Mapping[str, Any], path: list[str]) -> int:
    """Returns the count under nested keys, 0 where there is none."""
    first, *rest = path
    found: object = counts.get(first, 0)
    if isinstance(found, dict) and rest:
        return count_at(cast("dict[str, Any]", found), rest)
    return found if isinstance(found, int) and not rest else 0


def problem(detail: str) -> Response:
    """Returns the 400 of a control request that was not understood."""
    return json_answer({"error": "invalid_request", "detail": detail}, 400)


def _invalid(error: ValidationError) -> Response:
    details = [
        {"field": ".".join(str(part) for part in item["loc"]) or None, "message": item["msg"]}
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return json_answer({"error": "invalid_request", "detail": details}, 400)


async def _json_object(request: Request) -> dict[str, Any] | None:
    try:
        document: object = json.loads(await request.body())
    except ValueError:
        return None
    return cast("dict[str, Any]", document) if isinstance(document, dict) else None
