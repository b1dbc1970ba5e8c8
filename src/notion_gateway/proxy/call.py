"""One call to Notion with the space's token; once more with a newer one after a 401."""

from typing import Final, final

import structlog

from notion_gateway.integration.access_tokens import AccessTokens, LentToken
from notion_gateway.kernel.errors import UpstreamUnauthorized
from notion_gateway.proxy.upstream import ProxyCall, Upstream, UpstreamAnswer

log = structlog.stdlib.get_logger()

UNAUTHORIZED: Final = 401


@final
class NotionCalls:
    def __init__(self, access_tokens: AccessTokens, upstream: Upstream) -> None:
        self.access_tokens = access_tokens
        self._upstream = upstream

    async def require_connection(self, space_id: str) -> None:
        """Raises what ``AccessTokens.lend`` raises; NotConnected or ReconnectRequired where there
        is no connection.
        """
        if self.access_tokens.cached(space_id) is None:
            await self.access_tokens.lend(space_id)

    async def call(
        self, space_id: str, call: ProxyCall, refused: LentToken | None = None
    ) -> UpstreamAnswer:
        """Notion's answer, open, whatever its status; the caller closes it. ``refused``: the
        token that the call was sent with before, and that Notion answered with 401.

        A 401 means that Notion did not act on the call, so it is safe to send again; nothing
        else ever is. Raises what ``AccessTokens`` and ``Upstream`` raise, and
        UpstreamUnauthorized when the second token is refused as well.
        """
        if refused is None:
            lent = self.access_tokens.cached(space_id) or await self.access_tokens.lend(space_id)
            answer = await self._upstream.open(call, lent.access_token)
            if answer.status != UNAUTHORIZED:
                return answer
            answer.close()
            refused = lent
        log.info("access_token_refused", space_id=space_id)
        lent = await self.access_tokens.replace(space_id, refused)
        answer = await self._upstream.open(call, lent.access_token)
        if answer.status == UNAUTHORIZED:
            answer.close()
            raise UpstreamUnauthorized
        return answer
