"""Who calls, in which space, and what by the headers: as the log and the metrics have it."""

from notion_gateway.access.rules.principal import Principal
from notion_gateway.http.called import Called
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.rules.operation import named_operation


def called_by(
    principal: Principal, space_id: str | None, headers: RawHeaders, grant: str = ""
) -> Called:
    operation, tool = named_operation(headers)
    token = principal.revocable_id or ""
    client = next((value for name, value in headers if name == b"user-agent"), b"")
    return Called(
        principal.user_id, token, space_id or "", operation, tool, client.decode("latin-1"), grant
    )
