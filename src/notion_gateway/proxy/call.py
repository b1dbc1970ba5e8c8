"""One call to Notion with the space's token; once more with a newer one after a 401."""

from typing import final

import structlog

from notion_gateway.integration.access_tokens import Credentials
from notion_gateway.kernel.errors import UpstreamUnauthorized
from notion_gateway.ports import ProxyCall, Upstream, UpstreamAnswer

log = structlog.stdlib.get_logger()

_UNAUTHORIZED = 401


@final
class Proxy:
    def __init__(self, credentials: Credentials, upstream: Upstream) -> None:
        self._credentials = credentials
        self._upstream = upstream

    async def call(self, space_id: str, call: ProxyCall) -> UpstreamAnswer:
        """Notion's answer, open, whatever its status; the caller closes it.

        A 401 means that Notion did not act on the call, so it is safe to send again; nothing
        else ever is. Raises what ``Credentials`` and ``Upstream`` raise, and
        UpstreamUnauthorized when the second token is refused as well.
        """
        credential = self._credentials.cached(space_id) or await self._credentials.lend(space_id)
        answer = await self._upstream.open(call, credential.access_token)
        if answer.status != _UNAUTHORIZED:
            return answer
        answer.close()
        log.info("access_token_refused", space_id=space_id)
        credential = await self._credentials.replace(space_id, credential)
        answer = await self._upstream.open(call, credential.access_token)
        if answer.status == _UNAUTHORIZED:
            answer.close()
            raise UpstreamUnauthorized
        return answer
