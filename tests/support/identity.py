"""A trusted application with a key of its own, and callers who come with what it signs."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from joserfc import jwk, jwt

from notion_gateway.access.jwt import Signatures
from tests.support.gateway import Answer, Caller

APPLICATION = "conversational-ui"
AUDIENCE = "https://gateway.example"


_TOOLS_LIST = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/list",
        "params": {
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            }
        },
    }
).encode()
_TOOLS_LIST_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/list",
}


def _new_key() -> jwk.OKPKey:
    return jwk.OKPKey.generate_key("Ed25519", {"kid": "a"}, auto_kid=False)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs principals as an application does: a new one for each request."""

    name: str = APPLICATION
    audience: str = AUDIENCE
    key: jwk.Key = field(default_factory=_new_key)
    algorithm: str = "EdDSA"

    def settings(self, **changes: Any) -> dict[str, Any]:
        """This application, as GATEWAY_APPLICATIONS names it."""
        public = self.key.as_dict(private=False)
        return {"name": self.name, "jwks": {"keys": [public]}, **changes}

    def claims(self, user: str, now: datetime, space: str | None = None) -> dict[str, Any]:
        issued = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self.name,
            "aud": self.audience,
            "sub": user,
            "iat": issued,
            "exp": issued + 60,
            "jti": uuid.uuid4().hex,
        }
        return claims if space is None else {**claims, "space_id": space}

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        full = {"alg": self.algorithm, "kid": self.key.kid, **header}
        signatures = Signatures(algorithms=[self.algorithm])
        return jwt.encode(full, dict(claims), self.key, registry=signatures)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who calls with a principal that is signed for each request anew, or with one
    ``bearer`` again and again.
    """

    caller: Caller
    user: str
    signer: Signer
    now: Any
    bearer: str | None = None

    def principal(self, space: str | None = None, **changes: Any) -> str:
        claims = self.signer.claims(self.user, self.now(), space) | changes
        return self.signer.sign({name: one for name, one in claims.items() if one is not None})

    async def send(
        self, method: str, path: str, space: str | None = None, **options: Any
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.bearer or self.principal(space)}"}
        headers |= options.pop("headers", {})
        return await self.caller.send(method, path, user=None, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.send("GET", path, **options)

    async def post(self, path: str, document: Any, **options: Any) -> Answer:
        return await self.send("POST", path, json=document, **options)

    async def create_space(self, name: str = "Team") -> str:
        made = await self.post("/spaces", {"name": name})
        assert made.status == 201, made.body
        space_id: str = made.json["space_id"]
        return space_id

    async def invite(self, space: str, user: str, role: str = "member") -> Answer:
        return await self.send("PUT", f"/spaces/{space}/members/{user}", json={"role": role})

    async def accept(self, space: str) -> Answer:
        return await self.send("POST", f"/invitations/{space}/accept")

    async def add(self, space: str, user: str, role: str = "member") -> None:
        """Invites them, and they accept; or changes the role of who belongs already."""
        invited = await self.invite(space, user, role)
        if invited.status == 202:
            accepted = await replace(self, user=user, bearer=None).accept(space)
            assert accepted.status == 200, accepted.body
        else:
            assert invited.status == 200, invited.body

    async def token(self, space: str, **wish: Any) -> str:
        made = await self.post(f"/spaces/{space}/tokens", {"name": "test", **wish})
        assert made.status == 201, made.body
        token: str = made.json["token"]
        return token

    async def connect(self, space: str, *, mine: bool = False) -> None:
        """The whole consent, as a browser would go through it; ``mine``: for their own grant."""
        start = f"/integrations/notion/oauth/mcp/start?space_id={space}"
        start += "&grant=mine" if mine else ""
        started = await self.get(start)
        assert started.status == 200, started.body
        redirect = await self.caller.get(started.json["authorizeUrl"], user=None)
        ended = await self.caller.get(redirect.location, user=None)
        assert ended.result["status"] == "success", ended.result

    async def call(self, space: str, data: Any = None, **options: Any) -> Answer:
        """A call at the space's own MCP endpoint; lists the tools, unless told otherwise."""
        headers = {**_TOOLS_LIST_HEADERS, **options.pop("headers", {})}
        body = _TOOLS_LIST if data is None else data
        path = f"/mcp/notion/{space}"
        return await self.send("POST", path, space, data=body, headers=headers, **options)
