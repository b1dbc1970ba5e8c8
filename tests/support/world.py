"""Use cases on a real SQLite file and a real vault, with a token endpoint that a test scripts."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.manage import ManageIntegration
from notion_gateway.integration.refresh import Refresher
from notion_gateway.integration.revocation import Revoker
from notion_gateway.integration.rules.commands import Connect
from notion_gateway.integration.rules.events import Client, Grant
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.integration.serving_grants import ServingGrants
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.errors import UpstreamUnreachable
from notion_gateway.kernel.outbound.messages import BeforeBody, HttpAnswer, HttpRequest
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.oauth.discovery import Discovery
from notion_gateway.oauth.requests import OAuthClient
from notion_gateway.storage.database import Database
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.support.folding import history_of
from tests.support.migrated import put_migrated_database
from tests.support.samples import NOW

ORIGIN = "https://notion.example"
METADATA = {
    "resource": f"{ORIGIN}/mcp",
    "authorization_servers": [ORIGIN],
    "issuer": ORIGIN,
    "authorization_endpoint": f"{ORIGIN}/authorize",
    "token_endpoint": f"{ORIGIN}/token",
    "revocation_endpoint": f"{ORIGIN}/revoke",
    "code_challenge_methods_supported": ["S256"],
}

Answer = HttpAnswer | Exception
Script = Callable[[dict[str, str]], Awaitable[Answer]]


def json_answer(document: object, status: int = 200, **headers: str) -> HttpAnswer:
    return HttpAnswer(status, headers, json.dumps(document).encode())


class SteppedClock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def timestamp(self) -> float:
        return self.now().timestamp()

    def step(self, **parts: float) -> None:
        self.time += timedelta(**parts)


class Endpoint:
    """Notion's OAuth side as a transport. ``redeemed`` and ``revoked`` list what was sent."""

    def __init__(self) -> None:
        self.issued = 0
        self.redeemed: list[str] = []
        self.revoked: list[str] = []
        self.script: Script = self.issue

    async def send(
        self,
        request: HttpRequest,
        *,
        proof: HttpRequest | None = None,
        before_body: BeforeBody | None = None,
    ) -> HttpAnswer:
        del proof
        if request.method == "GET":
            return json_answer(METADATA)
        form = dict(parse_qsl(request.body.decode()))
        if request.url.endswith("/revoke"):
            self.revoked.append(form["token"])
            return HttpAnswer(200)
        if before_body is not None and not await before_body():
            raise UpstreamUnreachable
        self.redeemed.append(form["refresh_token"])
        answer = await self.script(form)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def issue(self, _: dict[str, str]) -> Answer:
        self.issued += 1
        return json_answer(
            {
                "access_token": f"canary-access-{self.issued}",
                "refresh_token": f"canary-refresh-{self.issued}",
                "token_type": "bearer",
                "expires_in": 3600,
            }
        )

    def always(self, answer: Answer) -> None:
        async def script(_: dict[str, str]) -> Answer:
            return answer

        self.script = script

    def keeps_refresh_tokens(self) -> None:
        """Answers without one: that of before stays (RFC 6749 section 6)."""
        document = {"access_token": "canary-access-kept", "token_type": "bearer"}
        self.always(json_answer({**document, "expires_in": 3600}))

    def gated(self) -> tuple[asyncio.Event, asyncio.Event]:
        """From now on a request sets the first event, and is answered when the second is set."""
        reached, go = asyncio.Event(), asyncio.Event()

        async def script(form: dict[str, str]) -> Answer:
            reached.set()
            await go.wait()
            return await self.issue(form)

        self.script = script
        return reached, go


@dataclass
class World:
    database: Database
    configured: OAuthClient | None = None
    clock: SteppedClock = field(default_factory=SteppedClock)
    notion: Endpoint = field(default_factory=Endpoint)

    def __post_init__(self) -> None:
        self.events = IntegrationEvents(self.database)
        self.secrets = self.events.secrets
        self.vault = Vault(FixedKeyring([EncryptionKey("k", b"k" * 32)]))
        self.discovery = Discovery(self.notion, self.clock, f"{ORIGIN}/mcp")
        self.store = IntegrationStore(self.events, self.vault, self.clock, self.configured)
        self.revoker = Revoker(self.store, self.discovery, self.notion)
        self.leases = Leases(self.database)
        self.refresher = Refresher(
            store=self.store,
            leases=self.leases,
            discovery=self.discovery,
            redemptions=self.notion,
            revoker=self.revoker,
            configured_client_id=self.configured.client_id if self.configured else None,
        )
        self.access_tokens = AccessTokens(self.store, self.refresher, self.clock)
        self.manage = ManageIntegration(
            self.store, self.access_tokens, ServingGrants(self.store), self.revoker, Detached()
        )

    async def connect(self, name: str = "0", client_id: str = "c") -> None:
        """A consent as it is recorded, for a token pair ``canary-access-{name}`` and so on."""
        issued = Issued(Secret(f"canary-access-{name}"), Secret(f"canary-refresh-{name}"), 3600)
        process_id = f"process-{name}"
        pair, sealed = self.store.seal_pair("space", process_id, issued)
        grant = Grant(
            process_id=process_id,
            issuer=ORIGIN,
            resource=f"{ORIGIN}/mcp",
            client=Client(client_id=client_id),
            authorized_by="ann",
        )
        await self.store.carry_out("space", Connect(grant, pair), sealed)
        self.access_tokens.forget("space")

    async def state(self) -> Integration:
        return await self.store.load("space")

    async def history(self) -> list[str]:
        loaded = await history_of(self.events, "space")
        return [one.event.type.removeprefix("NotionIntegration") for one in loaded]

    async def lend(self) -> str:
        return (await self.access_tokens.lend("space")).access_token.reveal()


async def open_world(folder: Path, configured: OAuthClient | None = None) -> World:
    file = folder / "gateway.sqlite3"
    put_migrated_database(file)
    database = Database(f"sqlite+aiosqlite:///{file}")
    return World(database, configured)
