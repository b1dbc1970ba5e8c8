"""Random lives of spaces: consents, refreshes that come late, twice or in vain, disconnects."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notion_gateway.integration.rules.commands import (
    Command,
    CompleteRefresh,
    Connect,
    Disconnect,
    IdentifyWorkspace,
    RefuseRefresh,
    StartRefresh,
)
from notion_gateway.integration.rules.events import Client, Grant, TokenPair, Workspace
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.integration.store import IntegrationStore, Outcome
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.vault.sealed import SealedSecret
from tests.support.samples import NOW

_ORIGIN = "https://notion.example"


class SteppingClock:
    """Never shows the same time twice."""

    def __init__(self) -> None:
        self._shown = NOW

    def now(self) -> datetime:
        self._shown += timedelta(seconds=1)
        return self._shown

    def timestamp(self) -> float:
        return self.now().timestamp()


@dataclass
class Life:
    """One space, as a keeper brings it about. ``known`` holds every pair there ever was."""

    space_id: str
    keeper: IntegrationStore
    chance: random.Random
    known: list[tuple[str, TokenPair]] = field(default_factory=list[tuple[str, TokenPair]])
    _count: int = 0

    async def step(self) -> Outcome[Integration]:
        command, sealed = self._next()
        return await self.keeper.carry_out(self.space_id, command, sealed)

    def _next(self) -> tuple[Command, Sequence[SealedSecret]]:
        if not self.known:
            return self._connect()
        process_id, pair = self._recent()
        sha256 = pair.refresh_token_sha256
        match self.chance.choices(range(6), weights=(2, 3, 9, 2, 1, 1))[0]:
            case 0:
                return self._connect()
            case 1:
                return StartRefresh(process_id, sha256), ()
            case 2:
                new, sealed = self._pair(process_id, pair)
                self.known.append((process_id, new))
                return CompleteRefresh(process_id, sha256, new), sealed
            case 3:
                error = self.chance.choice(("invalid_grant", "invalid_client"))
                return RefuseRefresh(process_id, sha256, error), ()
            case 4:
                name = self.chance.choice(("Acme", "Umbrella"))
                return IdentifyWorkspace(process_id, Workspace(id="w", name=name)), ()
            case _:
                return Disconnect("ann"), ()

    def _recent(self) -> tuple[str, TokenPair]:
        """Mostly what was there last; sometimes what came before, as who is late knows it."""
        back = self.chance.choice((1, 1, 1, 1, 2, 2, 3))
        return self.known[-min(back, len(self.known))]

    def _connect(self) -> tuple[Connect, Sequence[SealedSecret]]:
        self._count += 1
        process_id = f"{self.space_id}-process-{self._count}"
        pair, sealed = self._pair(process_id, None)
        secret_id = None
        if self.chance.random() < 0.4:
            secret = self.keeper.seal(self.space_id, process_id, "client_secret", Secret("s"))
            secret_id = secret.context.secret_id
            sealed = [*sealed, secret]
        grant = Grant(
            process_id=process_id,
            issuer=_ORIGIN,
            resource=f"{_ORIGIN}/mcp",
            client=Client(client_id=process_id, secret_id=secret_id),
            authorized_by="ann",
        )
        self.known.append((process_id, pair))
        return Connect(grant, pair), sealed

    def _pair(
        self, process_id: str, kept: TokenPair | None
    ) -> tuple[TokenPair, Sequence[SealedSecret]]:
        """One answer in four brings no refresh token, where there is one to keep."""
        self._count += 1
        name = f"{self.space_id}-{self._count}"
        brings_none = kept is not None and self.chance.random() < 0.25
        refresh = None if brings_none else Secret(f"refresh-{name}")
        issued = Issued(Secret(f"access-{name}"), refresh, 3600)
        return self.keeper.seal_pair(self.space_id, process_id, issued, kept=kept)
