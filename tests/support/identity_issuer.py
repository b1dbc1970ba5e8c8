"""Issuers of identity assertions on loopback: one shaped like Okta's, one shaped like Claude's."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from joserfc import jwk, jwt
from starlette.types import Receive, Scope, Send

from tests.support.serving import listen, serving

TYPE = "oauth-id-jag+jwt"
CLAUDE = "https://claude.ai/oauth/mcp-oauth-client-metadata"
OKTA_KEYS, CLAUDE_KEYS = "/oauth2/v1/keys", "/.well-known/jwks.json"


class IdentityIssuer:
    """``keys_path``: where its keys are. ``describes_itself``: whether a document says so.
    ``asked`` are the paths that were asked for; ``is_down``: it answers nothing but 503.
    """

    def __init__(self, key: jwk.RSAKey | jwk.ECKey, keys_path: str, *, describes: bool) -> None:
        self.keys: list[jwk.RSAKey | jwk.ECKey] = [key]
        self.keys_path = keys_path
        self.describes_itself = describes
        self.url = ""
        self.asked: list[str] = []
        self.is_down = False

    @property
    def key(self) -> jwk.RSAKey | jwk.ECKey:
        """The newest one, with which it signs."""
        return self.keys[-1]

    @property
    def jwks_url(self) -> str:
        return self.url + self.keys_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await receive()
        self.asked.append(scope["path"])
        status, document = self._answer(scope["path"])
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})

    def _answer(self, path: str) -> tuple[int, dict[str, Any]]:
        if self.is_down:
            return 503, {}
        if path == self.keys_path:
            return 200, {"keys": [one.as_dict(private=False) for one in self.keys]}
        if path == "/.well-known/openid-configuration" and self.describes_itself:
            return 200, {"issuer": self.url, "jwks_uri": self.jwks_url}
        return 404, {}

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        """None leaves a member of the head out."""
        key = header.pop("key", self.key)
        algorithm = "RS256" if isinstance(key, jwk.RSAKey) else "ES256"
        head = {"alg": algorithm, "kid": key.kid, "typ": TYPE, **header}
        given = {name: value for name, value in head.items() if value is not None}
        return jwt.encode(given, claims, key)


def okta() -> IdentityIssuer:
    key = jwk.RSAKey.generate_key(2048, {"kid": "okta-1", "use": "sig", "alg": "RS256"})
    return IdentityIssuer(key, OKTA_KEYS, describes=True)


def claude() -> IdentityIssuer:
    key = jwk.ECKey.generate_key("P-256", {"kid": "claude-1", "use": "sig", "alg": "ES256"})
    return IdentityIssuer(key, CLAUDE_KEYS, describes=False)


@asynccontextmanager
async def an_identity_issuer(
    make: Callable[[], IdentityIssuer] = okta,
) -> AsyncGenerator[IdentityIssuer]:
    issuer = make()
    with listen() as listener:
        async with serving(issuer, listener) as served:
            issuer.url = served.url
            yield issuer


class SignInIssuer(IdentityIssuer):
    """An OpenID issuer whose page is skipped: ``says`` is what its next ID token says of whoever
    comes, beside what each has.
    """

    def __init__(self) -> None:
        key = jwk.RSAKey.generate_key(2048, {"kid": "sign-in-1"})
        super().__init__(key, OKTA_KEYS, describes=True)
        self.says: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.scopes: list[str] = []

    def _answer(self, path: str) -> tuple[int, dict[str, Any]]:
        status, document = super()._answer(path)
        if path == "/.well-known/openid-configuration":
            names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
            document |= {name: f"{self.url}/{name}" for name in names}
            document["scopes_supported"] = self.scopes
        if path == "/token_endpoint":
            claims = self.signed(self.says, typ="JWT")
            return 200, {"id_token": claims, "access_token": "a", "token_type": "Bearer"}
        if path == "/userinfo_endpoint":
            return 200, {"sub": self.says["sub"], **self.userinfo}
        return status, document
