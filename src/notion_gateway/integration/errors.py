"""Why there is no connection to go to Notion with, or none to be made."""

from notion_gateway.kernel.errors import GatewayError, Reason


class NotConnected(GatewayError):
    """Missing Notion MCP tokens: connect this space to Notion first."""

    reason = Reason.NOT_CONNECTED


class ReconnectRequired(GatewayError):
    """Notion no longer accepts this space's connection: connect it to Notion again."""

    reason = Reason.RECONNECT_REQUIRED


class ConnectYourOwn(NotConnected):
    """In this space everybody acts with their own Notion: connect yours to it first."""

    reason = Reason.CONNECT_YOUR_OWN


class ReconnectYourOwn(ReconnectRequired):
    """Notion no longer accepts your own connection in this space: connect yours again."""


class OwnNotUsed(GatewayError):
    """Everybody in this space acts with its one connection, and yours would not be used. An owner
    of the space can let people use their own.
    """

    reason = Reason.OWN_NOT_USED


class ServiceTokenNotServed(GatewayError):
    """This space has no connection for service tokens. Use a person's token, or ask an owner."""

    reason = Reason.SERVICE_TOKEN_NOT_SERVED


class RefreshUnavailable(GatewayError):
    """Notion could not renew the access token just now; the connection is kept. Try again."""

    reason = Reason.REFRESH_UNAVAILABLE


class InvalidReturnPath(GatewayError):
    """return_path must be a path on the return site, such as /integrations: one leading slash."""

    reason = Reason.INVALID_RETURN_PATH
