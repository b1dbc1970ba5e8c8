"""Keeps logins that were refused in the audit of the space that they were for."""

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, final

import structlog

from notion_gateway.access.membership import Members
from notion_gateway.access.rules.gateway_tokens import TokenKind
from notion_gateway.audit.rules.calls import fit_to_keep
from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.writer import AuditWriter
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.grants import LoginRefused, space_of
from notion_gateway.authorization_server.rules.refusals import Refused, RefusedForNow, status_of
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.http.problems import STATUS
from notion_gateway.kernel.errors import HistoryUnreadable, StoreUnavailable
from notion_gateway.kernel.own_address import OwnAddress

log = structlog.stdlib.get_logger()


def _status(fault: Refused | RefusedForNow) -> int:
    return status_of(fault) if isinstance(fault, Refused) else STATUS[fault.reason]


_NO_REFUSALS: Final = (Why.DEVICE_LOGIN_PENDING, Why.DEVICE_POLLED_TOO_SOON)
"""Nothing is wrong: a program waits for its person."""


@final
@dataclass(frozen=True)
class RefusedLogins:
    """``own``: this gateway's address. ``writer``: None where calls are not recorded."""

    own: OwnAddress
    members: Members
    writer: AuditWriter | None

    @asynccontextmanager
    async def kept(
        self, client: McpClient | None, sent: Mapping[str, str], request_id: str
    ) -> AsyncGenerator[None]:
        """Where a request of that client, with these parameters, is refused within, its space's
        owners find out why.
        """
        try:
            yield
        except (Refused, RefusedForNow) as fault:
            if self.writer is not None and fault.why not in _NO_REFUSALS:
                await self._keep(self.writer, fault, client, sent, request_id)
            raise

    async def _keep(
        self,
        writer: AuditWriter,
        fault: Refused | RefusedForNow,
        client: McpClient | None,
        sent: Mapping[str, str],
        request_id: str,
    ) -> None:
        about = fault.about
        space_id = about.space_id or self._asked_for(client, sent.get("resource"))
        if not space_id or not await self._exists(space_id):
            return  # the log has it
        named = about.client or ("" if client is None else client.shown_name)
        writer.keep_refused(
            space_id,
            Entry(
                at=time.time(),
                kind=Kind.LOGIN,
                user_id=fit_to_keep(about.user_id),
                token=about.token,
                client=fit_to_keep(named),
                status=_status(fault),
                outcome="answered",
                reason=fault.why,
                request_id=request_id,
            ),
        )

    def _asked_for(self, client: McpClient | None, resource: str | None) -> str:
        """The space that the request names; empty where it names none."""
        kind = TokenKind.CLIENT if client is None else client.kind
        try:
            return space_of(resource, self.own, kind)
        except LoginRefused:
            return ""

    async def _exists(self, space_id: str) -> bool:
        """Who makes up spaces leaves nothing behind."""
        try:
            return self.members.knows(space_id) or (await self.members.store.load(space_id)).exists
        except (HistoryUnreadable, StoreUnavailable) as fault:
            log.warning("refused_login_not_kept", space_id=space_id, reason=fault.reason)
            return False
