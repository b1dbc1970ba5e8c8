"""A gateway that believes issuers of identities, and programs that come with their word."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from starlette.types import ASGIApp

from tests.support.gateway import Answer
from tests.support.identity_issuer import CLAUDE, IdentityIssuer
from tests.support.mcp_login import Logins, logging_in
from tests.support.rig import a_rig
from tests.support.upstreams import RecordingMcp

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
NO_GRANT = "invalid_grant"
DOMAIN = {"domain": "birch.example"}
"""By which everybody of that domain belongs to the space."""


@dataclass(frozen=True, slots=True)
class Asserting:
    """``okta`` lists groups and speaks for ``client_id``; ``claude`` signs for many customers, and
    speaks for a client that has no secret.
    """

    logins: Logins
    okta: IdentityIssuer
    claude: IdentityIssuer
    client_id: str
    secret: str

    def claims(self, **changes: Any) -> dict[str, Any]:
        """As Okta writes them; None leaves one out."""
        now = int(self.logins.rig.clock.timestamp())
        good = {
            "jti": f"IDAAG.{now}",
            "iss": self.okta.url,
            "sub": "00u1mona",
            "aud": self.logins.origin,
            "client_id": self.client_id,
            "resource": self.logins.resource,
            "iat": now,
            "exp": now + 300,
            "scope": "notion.read",
            "email": "mona@birch.example",
            "email_verified": True,
            "auth_time": now - 600,
            "amr": ["pwd", "mfa"],
            **changes,
        }
        return {name: value for name, value in good.items() if value is not None}

    def of_claude(self, **changes: Any) -> dict[str, Any]:
        """As Claude's: for one of its customers, and a client that is known by its document."""
        mine = {
            "iss": self.claude.url,
            "sub": "user_01Hmona",
            "client_id": CLAUDE,
            "organization": "birch",
            "resource": [self.logins.resource],
            "scope": None,
            "amr": None,
            **changes,
        }
        return self.claims(**mine)

    async def send(self, assertion: str, **form: str) -> Answer:
        """By the client that has a secret."""
        sent = {
            "grant_type": GRANT,
            "assertion": assertion,
            "client_id": self.client_id,
            "client_secret": self.secret,
            **form,
        }
        return await self.logins.token(sent)

    async def send_of_claude(self, assertion: str, **form: str) -> Answer:
        sent = {"grant_type": GRANT, "assertion": assertion, "client_id": CLAUDE, **form}
        return await self.logins.token(sent)

    async def say(self, **changes: Any) -> Answer:
        """Okta says something about a person, by the client."""
        return await self.send(self.okta.signed(self.claims(**changes)))

    async def let_in(self, **changes: Any) -> str:
        answer = await self.say(**changes)
        assert answer.status == 200, answer.body
        token: str = answer.json["access_token"]
        return token

    def members(self) -> dict[str, str]:
        query = f"select user_id, role from space_members where space_id = '{self.logins.space}'"  # noqa: S608
        return dict(self.logins.rig.sql(query))


async def why(refused: Any) -> tuple[str, str]:
    """OAuth's error, and why, as the log has it."""
    with structlog.testing.capture_logs() as lines:
        answer: Answer = await refused
    assert answer.status in (400, 401), answer.body
    (reason,) = [line["why"] for line in lines if line["event"] == "login_refused"]
    return answer.json["error"], reason


@asynccontextmanager
async def asserting(
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    okta: IdentityIssuer,
    claude: IdentityIssuer,
    *,
    upstream: ASGIApp | None = None,
    of_okta: dict[str, Any] | None = None,
    of_claude: dict[str, Any] | None = None,
    claude_speaks_for_both: bool = False,
    rules: list[dict[str, str]] | None = None,
    **settings: Any,
) -> AsyncGenerator[Asserting]:
    """The client registers, as an operator's would, before the settings name it. ``of_okta``
    and ``of_claude``: more of what the settings say of these issuers; ``rules`` are the first one's
    memberships in the space. ``claude_speaks_for_both``: for the client that registers, too.
    """
    confidential = {"token_endpoint_auth_method": "client_secret_post"}
    async with logging_in(data_dir, monkeypatch, RecordingMcp(), **settings) as before:
        registered = (await before.register(**confidential)).json
    client_id, secret = registered["client_id"], registered["client_secret"]
    issuers: list[dict[str, Any]] = [
        {
            "name": "okta",
            "issuer": okta.url,
            "clients": [client_id],
            "email_domains": ["birch.example"],
            "memberships": [{"space": before.space, **one} for one in rules or []],
            **(of_okta or {}),
        },
        {
            "name": "claude",
            "issuer": claude.url,
            "jwks_url": claude.jwks_url,
            "clients": [CLAUDE, *([client_id] if claude_speaks_for_both else [])],
            "claims": {"organization": "birch"},
            "memberships": [{"space": before.space, "domain": "birch.example"}],
            **(of_claude or {}),
        },
    ]
    options: dict[str, Any] = {
        "gateway_local_sign_in": True,
        "gateway_identity_issuers": issuers,
        **settings,
    }
    async with a_rig(data_dir, monkeypatch, mcp=upstream, **options) as rig:
        yield Asserting(Logins(rig, before.space, client_id), okta, claude, client_id, secret)
