"""A space without a connection answers MCP clients with the link that connects it."""

import uuid
from http import HTTPStatus

from starlette.types import Scope

from notion_gateway.access.rules.sign_in import CONNECT_PATH
from notion_gateway.http.gate import REQUEST_ID
from notion_gateway.http.problems import JSON_RPC_CODE
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.rules.not_connected import Asked, answer

_AGAIN_AFTER_SECONDS = b"30"


def is_space_endpoint(scope: Scope) -> bool:
    """Whether this is a space's own endpoint, where ordinary MCP clients are. The other one is for
    applications, which switch on HTTP statuses.
    """
    return "space_id" in scope["path_params"]


def not_connected_answer(
    public_url: str, scope: Scope, asked: Asked, fault: GatewayError, *, opens_links: bool
) -> tuple[HTTPStatus, RawHeaders, bytes]:
    """200 for what is a call, because its answer says it all; 503 for a notification and for
    a stream that cannot be opened now.
    """
    link = f"{public_url}{CONNECT_PATH}{scope['path_params']['space_id']}"
    data = {"reason": fault.reason, "request_id": scope[REQUEST_ID], "url": link}
    said = None
    if scope["method"] == "POST":
        said = answer(
            asked,
            scope["headers"],
            opens_links=opens_links,
            message=str(fault),
            link=link,
            elicitation_id=str(uuid.uuid4()),
            error={"code": JSON_RPC_CODE, "data": data},
        )
    if said is None:
        return HTTPStatus.SERVICE_UNAVAILABLE, [(b"retry-after", _AGAIN_AFTER_SECONDS)], b""
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    return HTTPStatus.OK, headers, said
