"""An MCP client's login by hand: each step where a test can bend it."""

import base64
import hashlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import ASGIApp

from tests.support.browser import browsing
from tests.support.gateway import CALL, Answer, query_of
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp

REDIRECT_URI = "http://127.0.0.1:4711/callback"
VERIFIER = "v" * 64


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Logins:
    """A gateway with a space of Ada's, to which Mona belongs; and a registered client."""

    rig: Rig
    space: str
    client_id: str

    @property
    def origin(self) -> str:
        return self.rig.gateway.url

    @property
    def resource(self) -> str:
        return f"{self.origin}/mcp/notion/{self.space}"

    def authorize_url(self, **changes: str | None) -> str:
        """None leaves a parameter out."""
        query: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "state": "st&te",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            "resource": self.resource,
            **changes,
        }
        given = {name: value for name, value in query.items() if value is not None}
        return f"{self.origin}/oauth/authorize?{urlencode(given)}"

    async def register(self, **changes: Any) -> Answer:
        """None leaves a member out."""
        document: dict[str, Any] = {
            "client_name": "Birch Editor",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            **changes,
        }
        given = {name: value for name, value in document.items() if value is not None}
        return await self.post_json("/oauth/register", given)

    async def post_json(self, path: str, document: object) -> Answer:
        return await self.rig.caller.send("POST", path, user=None, json=document)

    async def allowed(self, user: str = "ada", *, ticked: bool = False, **changes: str) -> str:
        """Where the browser ends after a whole login of that person."""
        async with browsing(self.origin) as browser:
            extra = {"read_only": "1"} if ticked else {}
            return await browser.sign_in_and_allow(self.authorize_url(**changes), user, **extra)

    async def code(self, user: str = "ada", **changes: Any) -> str:
        return query_of(await self.allowed(user, **changes))["code"]

    async def token(self, form: Mapping[str, str], **headers: str) -> Answer:
        """A request to the token endpoint."""
        return await self.rig.caller.send(
            "POST", "/oauth/token", user=None, headers=headers, data=form
        )

    async def exchange(self, code: str, **changes: str) -> Answer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "client_id": self.client_id,
            "code_verifier": VERIFIER,
            "resource": self.resource,
            **changes,
        }
        return await self.token(form)

    async def refresh(self, refresh_token: str, **changes: str) -> Answer:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self.client_id,
            **changes,
        }
        return await self.token(form)

    async def log_in(self, user: str = "ada", **changes: Any) -> dict[str, str]:
        """The token endpoint's answer at the end of a whole login."""
        answer = await self.exchange(await self.code(user, **changes))
        assert answer.status == 200, answer.body
        tokens: dict[str, str] = answer.json
        return tokens

    async def call(self, access_token: str, data: Any = CALL, space: str | None = None) -> Answer:
        path = f"/mcp/notion/{space or self.space}"
        return await self.rig.caller.send(
            "POST", path, user=None, headers=bearer(access_token), data=data
        )

    async def tokens_listed(self, user: str = "ada") -> list[dict[str, Any]]:
        answer = await self.rig.caller.get(f"/spaces/{self.space}/tokens", user=user)
        listed: list[dict[str, Any]] = answer.json["tokens"]
        return listed


def error_of(answer: Answer) -> str:
    """What OAuth calls a refusal."""
    error: str = answer.json["error"]
    return error


async def make_space(rig: Rig, name: str = "Birch Studio", owner: str = "ada") -> str:
    made = await rig.caller.send("POST", "/spaces", user=owner, json={"name": name})
    assert made.status == 201, made.body
    space: str = made.json["space_id"]
    return space


async def add_member(rig: Rig, space: str, user: str, role: str = "member") -> None:
    """Invites them, and they accept."""
    path = f"/spaces/{space}/members/{user}"
    invited = await rig.caller.send("PUT", path, json={"role": role})
    assert invited.status == 202, invited.body
    accepted = await rig.caller.send("POST", f"/invitations/{space}/accept", user=user)
    assert accepted.status == 200, accepted.body


@asynccontextmanager
async def logging_in(
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    upstream: ASGIApp | None = None,
    **settings: Any,
) -> AsyncGenerator[Logins]:
    options: dict[str, Any] = {"gateway_local_sign_in": True, **settings}
    async with a_rig(data_dir, monkeypatch, mcp=upstream or RecordingMcp(), **options) as rig:
        space = await make_space(rig)
        await add_member(rig, space, "mona")
        logins = Logins(rig, space, "")
        registered = await logins.register()
        assert registered.status == 201, registered.body
        yield Logins(rig, space, registered.json["client_id"])
