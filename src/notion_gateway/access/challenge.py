"""What a 401 of the gateway's own asks for (RFC 6750 section 3, RFC 9728 section 5.1)."""

from starlette.types import Scope

from notion_gateway.http.called_address import called_base, written_path
from notion_gateway.kernel.errors import GatewayError, Reason
from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.kernel.own_address import OwnAddress

METADATA_PATH = "/.well-known/oauth-protected-resource"
_ABOUT_THE_CALLER = frozenset(
    {Reason.UNAUTHENTICATED, Reason.SIGN_IN_REVOKED, Reason.PRINCIPAL_REPLAYED}
)


def challenge(fault: GatewayError, scope: Scope, own: OwnAddress) -> dict[str, str]:
    """The header, or none: a space without a connection is no fault of the caller's token.

    At a space's MCP endpoint it says where a client that knows nothing else learns how to log
    in: in the spelling of the address that it called.
    """
    if fault.reason not in _ABOUT_THE_CALLER:
        return {}
    parts: list[str] = []
    if any(name == b"authorization" for name, _ in scope["headers"]):
        parts.append('error="invalid_token"')
    # Checked, because what stands in a path may be anything, and this becomes a header.
    if scope["path"].startswith("/mcp/") and is_space_id(
        scope.get("path_params", {}).get("space_id", "")
    ):
        address = f"{called_base(scope, own)}{METADATA_PATH}{written_path(scope)}"
        parts.append(f'resource_metadata="{address}"')
    return {"www-authenticate": f"Bearer {', '.join(parts)}".rstrip()}
