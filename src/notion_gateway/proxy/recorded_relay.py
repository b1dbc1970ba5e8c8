"""One call in callbacks, where calls are recorded."""

from typing import final

from notion_gateway.http.recorded_call import RecordedCall
from notion_gateway.integration.rules.serving import kind_of
from notion_gateway.proxy.relay import Relay


@final
class RecordedRelay(Relay):
    """It counts what of the answer went to the caller; a ``Relay`` does not."""

    __slots__ = ()

    def begin(self, head: bytes) -> None:
        known = self._known
        self._recorded = RecordedCall(self._request.body, kind_of(known.caller.grant_id))
        self._recorded.mcp_client = known.client
        super().begin(head)

    def _taken(self) -> bytes:
        part = super()._taken()
        if self._recorded is not None:
            self._recorded.answered_bytes += len(part)
        return part
