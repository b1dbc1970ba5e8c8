"""One call to Notion with the space's token; once more with a newer one after a 401."""

from typing import final

import structlog

from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.kernel.errors import UpstreamUnauthorized
from notion_gateway.proxy.upstream import ProxyCall, Upstream, UpstreamAnswer

log = structlog.stdlib.get_logger()

_UNAUTHORIZED = 401


@final
class NotionCalls:
    def __init__(self, access_tokens: AccessTokens, upstream: Upstream) -> None:
        self._access_tokens = access_tokens
        self._upstream = upstream

    async def require_connection(self, space_id: str) -> None:
        """Raises what ``AccessTokens.lend`` raises; NotConnected or ReconnectRequired where there
        is no connection.
        """
        if self._access_tokens.cached(space_id) is None:
            await self._access_tokens.lend(space_id)

    async def call(self, space_id: str, call: ProxyCall) -> UpstreamAnswer:
        """Notion's answer, open, whatever its status; the caller closes it.

        A 401 means that Notion did not act on the call, so it is safe to send again; nothing
        else ever is. Raises what ``AccessTokens`` and ``Upstream`` raise, and
        UpstreamUnauthorized when the second token is refused as well.
        """
        lent = self._access_tokens.cached(space_id) or await self._access_tokens.lend(space_id)
        answer = await self._upstream.open(call, lent.access_token)
        if answer.status != _UNAUTHORIZED:
            return answer
        answer.close()
        log.info("access_token_refused", space_id=space_id)
        lent = await self._access_tokens.replace(space_id, lent)
        answer = await self._upstream.open(call, lent.access_token)
        if answer.status == _UNAUTHORIZED:
            answer.close()
            raise UpstreamUnauthorized
        return answer
