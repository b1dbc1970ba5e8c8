"""Issuers of identity assertions on loopback: one shaped like Okta's, one shaped like Claude's."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwk, jwt
from starlette.types import Receive, Scope, Send

from tests.support.serving import listen, serving

TYPE = "oauth-id-jag+jwt"
CLAUDE = "https://claude.ai/oauth/mcp-oauth-client-metadata"
OKTA_KEYS, CLAUDE_KEYS = "/oauth2/v1/keys", "/.well-known/jwks.json"


class IdentityIssuer:
    """``keys_path``: where its keys are. ``describes_itself``: whether a document says so.
    ``asked`` are the paths that were asked for, ``form`` is what was posted last, ``bearer``
    what came with the last request; ``is_down``: it answers nothing but 503. ``holds``: the paths
    that it answers once their event is set, and not before.
    """

    def __init__(self, key: jwk.RSAKey | jwk.ECKey, keys_path: str, *, describes: bool) -> None:
        self.keys: list[jwk.RSAKey | jwk.ECKey] = [key]
        self.keys_path = keys_path
        self.describes_itself = describes
        self.url = ""
        self.asked: list[str] = []
        self.form: dict[str, str] = {}
        self.bearer = ""
        self.is_down = False
        self.holds: dict[str, asyncio.Event] = {}

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
        sent = await receive()
        self.asked.append(scope["path"])
        if scope["path"] in self.holds:
            await self.holds[scope["path"]].wait()
        self.bearer = dict(scope["headers"]).get(b"authorization", b"").decode()[len("Bearer ") :]
        self.form = dict(parse_qsl(sent["body"].decode()))
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

    Where ``scopes`` has ``offline_access``, it gives refresh tokens, each good for one use: a
    second one ends all that came of the same sign-in (RFC 9700 section 4.14.2). ``anew``: what ID
    tokens say that come for those, where it is another thing than at the sign-in; None leaves a
    claim out. ``clock``: seconds since 1970. ``refuses``: OAuth's error for whoever redeems a code
    with such a token to come.
    """

    def __init__(self) -> None:
        key = jwk.RSAKey.generate_key(2048, {"kid": "sign-in-1"})
        super().__init__(key, OKTA_KEYS, describes=True)
        self.says: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.scopes: list[str] = []
        self.anew: dict[str, Any] = {}
        self.id_token_anew: str | None = None
        """Comes for the next refresh tokens in place of what it would sign; none, where empty."""
        self.gives_access_tokens = True
        """For refresh tokens."""
        self.clock: Callable[[], float] = time.time
        self.refuses: str | None = None
        self.redeemed: list[str] = []
        """Refresh tokens that were sent, in order."""
        self.signed_in: dict[str, dict[str, Any]] = {}
        """What was said of whom each living refresh token is for."""
        self._families: dict[str, str] = {}
        self._subjects: dict[str, Any] = {}
        """For whom each access token is."""

    def _answer(self, path: str) -> tuple[int, dict[str, Any]]:
        status, document = super()._answer(path)
        if self.is_down:
            return status, document
        if path == "/.well-known/openid-configuration":
            names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
            document |= {name: f"{self.url}/{name}" for name in names}
            document["scopes_supported"] = self.scopes
        if path == "/token_endpoint":
            is_anew = self.form.get("grant_type") == "refresh_token"
            return self._renewed(self.form["refresh_token"]) if is_anew else self._first()
        if path == "/userinfo_endpoint":
            return 200, {"sub": self._subjects.get(self.bearer, self.says["sub"]), **self.userinfo}
        return status, document

    def _first(self) -> tuple[int, dict[str, Any]]:
        given = {"id_token": self.signed(self.says, typ="JWT")}
        given |= {"access_token": self._access_token(self.says), "token_type": "Bearer"}
        if "offline_access" in self.scopes:
            if self.refuses is not None:
                error, self.refuses = self.refuses, None
                return 400, {"error": error}
            given["refresh_token"] = self._token(self.says, secrets.token_urlsafe(8))
        return 200, given

    def _renewed(self, token: str) -> tuple[int, dict[str, Any]]:
        self.redeemed.append(token)
        family, said = self._families.get(token), self.signed_in.pop(token, None)
        if said is None or family is None:
            for one in [one for one in self.signed_in if self._families[one] == family]:
                del self.signed_in[one]
            return 400, {"error": "invalid_grant"}
        now = int(self.clock())
        claims = {**said, "iat": now, "exp": now + 300, "nonce": None, **self.anew}
        told = {name: one for name, one in claims.items() if one is not None}
        given: dict[str, Any] = {"token_type": "Bearer"}
        if self.gives_access_tokens:
            given["access_token"] = self._access_token(said)
        if self.id_token_anew != "":
            given["id_token"] = self.id_token_anew or self.signed(told, typ="JWT")
        return 200, {**given, "refresh_token": self._token(said, family)}

    def _access_token(self, said: dict[str, Any]) -> str:
        token = secrets.token_urlsafe(8)
        self._subjects[token] = said.get("sub")
        return token

    def _token(self, said: dict[str, Any], family: str) -> str:
        token = f"issuer-refresh-{secrets.token_urlsafe(16)}"
        self.signed_in[token], self._families[token] = said, family
        return token
