"""Renewing a grant that came out of a backup, whose refresh token may have been used up since.

Notion takes the use of a refresh token that was used up before for a theft, and ends the grant:
also where a gateway elsewhere holds its newest tokens. So before the first renewal of a restored
pair Notion is asked whether its refresh token is still good (RFC 7662), which uses nothing up. One
that is not is never sent to the token endpoint: the space has to be connected again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import final

from notion_gateway.integration.rules.events import TokenPair
from notion_gateway.integration.rules.renewal_timing import is_restored
from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import judge_introspection
from notion_gateway.oauth.metadata import ServerMetadata
from notion_gateway.oauth.requests import OAuthClient, introspection_request


@final
@dataclass(frozen=True)
class RestoredGrants:
    """``restored_at``: when the database was last restored; None where it never was."""

    restored_at: datetime | None
    transport: HttpTransport

    async def is_used_up(
        self, tokens: TokenPair, server: ServerMetadata, client: OAuthClient, refresh_token: Secret
    ) -> bool:
        """Whether the refresh token must not be sent any more. Nobody is asked about a pair that
        was not restored.

        False as well where Notion does not say, as before the endpoint existed: by then the access
        token has ended, so nothing is lost here by trying. Raises UpstreamUnreachable,
        UpstreamTimeout and UpstreamUnsuitable where nobody knows yet.
        """
        if not is_restored(tokens, self.restored_at):
            return False
        request = introspection_request(server, client, refresh_token)
        if request is None:
            return False
        return judge_introspection(await self.transport.send(request)) is False
