"""An OpenID issuer on loopback, as far as verifying its tokens goes."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from joserfc import jwk, jwt
from starlette.types import Receive, Scope, Send

from tests.support.identity import AUDIENCE
from tests.support.serving import listen, serving


class Issuer:
    """Its description, its keys, and what it signs. ``url``: what it calls itself; ``port``: where
    it really is.
    """

    def __init__(self) -> None:
        self.key = jwk.ECKey.generate_key("P-256", {"kid": "i"}, auto_kid=False)
        self.url = ""
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await receive()
        document: dict[str, Any] = {"keys": [self.key.as_dict(private=False)]}
        if scope["path"].startswith("/.well-known/"):
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            document = {"issuer": self.url} | {name: f"{self.url}/{name}" for name in names}
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})

    def token(self, user: str, until: datetime) -> str:
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": user, "exp": int(until.timestamp())}
        return jwt.encode({"alg": "ES256", "kid": "i"}, claims, self.key)


@asynccontextmanager
async def an_issuer() -> AsyncGenerator[Issuer]:
    issuer = Issuer()
    with listen() as listener:
        async with serving(issuer, listener) as served:
            issuer.url, issuer.port = served.url, served.port
            yield issuer
