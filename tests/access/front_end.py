"""A front end that tells the gateway of the people who sign in on its pages."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.operations.operator import open_operator
from notion_gateway.settings import Settings
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.identity_issuer import SignInIssuer, an_identity_issuer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp

RULES = [
    {"space": "birch", "group": "notion-owners", "role": "owner"},
    {"space": "birch", "group": "notion"},
]


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """Signs people in at ``issuer`` as its client ``front-end``. Ada owns the space ``birch``."""

    rig: Rig
    issuer: SignInIssuer
    signer: Signer

    def person(self, user: str, bearer: str | None = None) -> Person:
        return replace(person(self.rig, self.signer, user), bearer=bearer)

    def members(self) -> dict[str, str]:
        query = "select user_id, role from space_members where space_id = 'birch'"
        return dict(self.rig.sql(query))

    def claims(self, user: str, **said: Any) -> dict[str, Any]:
        """As a good ID token has them; None leaves a claim out."""
        now = int(self.rig.clock.timestamp())
        claims = {
            "iss": self.issuer.url,
            "aud": "front-end",
            "sub": user,
            "iat": now,
            "exp": now + 300,
            **said,
        }
        return {name: one for name, one in claims.items() if one is not None}

    async def sign_in(
        self,
        user: str,
        *,
        by: Signer | None = None,
        body: dict[str, Any] | None = None,
        **said: Any,
    ) -> Answer:
        """Tells the gateway what the issuer says; None leaves a claim out."""
        self.issuer.says = self.claims(user, **said)
        told = {"id_token": self.issuer.signed(self.issuer.says, typ="JWT"), **(body or {})}
        return await self.tell(user, by=by, **told)

    async def tell(
        self, user: str, id_token: str, *, by: Signer | None = None, **more: str
    ) -> Answer:
        told = {"access_token": "a", "scope": "openid profile groups", **more}
        told["id_token"] = id_token
        return await person(self.rig, by or self.signer, user).post("/sign-ins", told)


@asynccontextmanager
async def a_front_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> AsyncGenerator[FrontEnd]:
    signer = Signer()
    async with an_identity_issuer(SignInIssuer) as issuer:
        assert isinstance(issuer, SignInIssuer)
        issuer.scopes.append("groups")
        given: dict[str, Any] = {
            "gateway_oidc_issuer": issuer.url,
            "gateway_oidc_front_end_client_id": "front-end",
            "gateway_oidc_memberships": RULES,
            **settings,
        }
        async with strict_rig(folder, monkeypatch, signer, RecordingMcp(), **given) as rig:
            async with open_operator(Settings(gateway_data_dir=folder)) as operator:
                await operator.spaces.create("Birch", "ada", "birch")
            yield FrontEnd(rig, issuer, signer)
