"""/v1: the scripted model for any client of OpenAI's chat completions."""

import hmac
from collections.abc import Awaitable, Callable
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from notion_simulator.json_answers import json_answer
from notion_simulator.model.completions import Completion, events, model_entry, whole
from notion_simulator.model.errors import (
    ModelError,
    too_large,
    unauthorized,
    unknown_address,
    unknown_model,
)
from notion_simulator.model.planning import next_turn
from notion_simulator.model.requests import MODEL_ID, chat_request
from notion_simulator.model.streaming import PacedStream
from notion_simulator.simulator import Simulator

MAX_BODY_BYTES = 8 * 1024 * 1024
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

Answer = Callable[[Request], Awaitable[ASGIApp]]


class ModelRoutes:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def mount(self) -> Mount:
        """Returns the routes under /v1."""
        return Mount(
            "/v1",
            routes=[
                Route("/chat/completions", self._guarded(self.complete), methods=["POST"]),
                Route("/models", self._guarded(self.models), methods=["GET"]),
                Route("/models/{id}", self._guarded(self.model), methods=["GET"]),
                Route("/{path:path}", self._guarded(self.nothing), methods=METHODS),
            ],
        )

    async def complete(self, request: Request) -> ASGIApp:
        wanted = chat_request(await _body(request))
        completion = Completion(
            turn=next_turn(wanted.conversation),
            id=f"chatcmpl-{uuid4().hex}",
            call_id=f"call_{uuid4().hex}",
            created=int(self._simulator.clock()),
            prompt_characters=wanted.prompt_characters,
        )
        if not wanted.stream:
            return json_answer(whole(completion))
        return PacedStream(
            events(completion, include_usage=wanted.include_usage),
            self._simulator.settings.model_chunk_interval_seconds,
            self._simulator.counters,
        )

    async def models(self, request: Request) -> ASGIApp:
        del request
        return json_answer({"object": "list", "data": [self._entry()]})

    async def model(self, request: Request) -> ASGIApp:
        if request.path_params["id"] != MODEL_ID:
            raise unknown_model(request.path_params["id"])
        return json_answer(self._entry())

    async def nothing(self, request: Request) -> ASGIApp:
        raise unknown_address(request.method, request.url.path)

    def _entry(self) -> dict[str, object]:
        return model_entry(int(self._simulator.clock()))

    def _guarded(self, answer: Answer) -> Answer:
        """Asks for the API key, and turns refusals into answers."""

        async def guarded(request: Request) -> ASGIApp:
            try:
                self._check_key(request.headers.get("authorization", ""))
                return await answer(request)
            except ModelError as error:
                return json_answer(error.document, error.status)
            except ClientDisconnect:
                return Response(status_code=400)

        return guarded

    def _check_key(self, authorization: str) -> None:
        key = self._simulator.settings.model_api_key
        if key is None:
            return
        scheme, _, given = authorization.partition(" ")
        right = hmac.compare_digest(given.strip().encode(), key.encode())
        if scheme.lower() != "bearer" or not right:
            raise unauthorized()


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise too_large(MAX_BODY_BYTES)
    return bytes(body)
