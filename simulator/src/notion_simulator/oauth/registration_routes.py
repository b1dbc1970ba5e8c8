"""POST /register and the discovery documents."""

import json

from starlette.requests import Request
from starlette.responses import Response

from notion_simulator.json_answers import json_answer, oauth_error
from notion_simulator.oauth import metadata
from notion_simulator.oauth.clients import (
    Client,
    InvalidRegistration,
    register,
    registration_answer,
)
from notion_simulator.oauth.tokens import SECRET_LENGTH, random_text
from notion_simulator.simulator import Simulator

CLIENT_ID_LENGTH = 16
MAX_BODY_BYTES = 1024 * 1024


class RegistrationRoutes:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def register(self, request: Request) -> Response:
        """POST /register (RFC 7591), open to anyone."""
        body = await request.body()
        if len(body) > MAX_BODY_BYTES:
            return oauth_error(
                "invalid_request", "Request payload too large, must be under 1 MiB", 413
            )
        try:
            document: object = json.loads(body)
        except ValueError:
            return oauth_error("invalid_request", "Invalid JSON payload")
        secret = random_text(SECRET_LENGTH)
        outcome: Client | InvalidRegistration = register(
            document,
            client_id=random_text(CLIENT_ID_LENGTH),
            client_secret=secret,
            now=self._simulator.clock(),
        )
        if isinstance(outcome, InvalidRegistration):
            return oauth_error(outcome.error, outcome.description)
        self._simulator.oauth.clients[outcome.id] = outcome
        answer = registration_answer(outcome, secret)
        if self._simulator.settings.registration_client_uri:
            answer["registration_client_uri"] = f"/register/{outcome.id}"
        return json_answer(answer, 201, {"Cache-Control": "no-store"})

    async def authorization_server(self, request: Request) -> Response:
        del request
        simulator = self._simulator
        return json_answer(metadata.authorization_server(simulator.base_url, simulator.settings))

    async def protected_resource(self, request: Request) -> Response:
        del request
        return json_answer(metadata.protected_resource(self._simulator.base_url, ""))

    async def protected_resource_mcp(self, request: Request) -> Response:
        del request
        return json_answer(metadata.protected_resource(self._simulator.base_url, "/mcp"))
