"""Client-id metadata documents, fetched where a client says that they are."""

from http import HTTPStatus
from typing import final

from notion_gateway.authorization_server.rules.clients import WAY_ROUND, ClientUnusable
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.outbound.messages import HttpRequest, HttpTransport


@final
class ClientDocuments:
    """``transport`` refuses private addresses, follows no redirects and bounds the answer."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    async def read(self, address: str) -> bytes:
        try:
            answer = await self._transport.send(
                HttpRequest("GET", address, {"accept": "application/json"})
            )
        except GatewayError:
            raise ClientUnusable(
                f"The client's document cannot be reached from this gateway. {WAY_ROUND}"
            ) from None
        if answer.status != HTTPStatus.OK:
            raise ClientUnusable(f"The client's document is answered with {answer.status}.")
        return answer.body
