"""Which Notion a program gets to see, for the pages on which a person lets it in."""

from notion_gateway.access.membership import SpaceAccess
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.http.pages import text
from notion_gateway.integration.opening import Integrations
from notion_gateway.integration.rules.grant_ids import member_of
from notion_gateway.integration.rules.integration import Integration, Status


async def opened_for(integrations: Integrations, there: SpaceAccess, user_id: str) -> Integration:
    """The connection with which this person's programs act in the space, connected or not."""
    principal = Principal(user_id, Means.SIGN_IN)
    return await integrations.manage.state(await integrations.serving.of(principal, there.space))


def workspace_fact(opened: Integration) -> str:
    """The workspace's name, as a row of a page's facts; empty where it is not known."""
    name = None if opened.grant is None else opened.grant.workspace.name
    if opened.status is not Status.CONNECTED or name is None:
        return ""
    whose = "this space's" if member_of(opened.grant_id) is None else "your own"
    return f"""<div><dt>Notion workspace</dt><dd>{text(name)}
<span class="soft">what {whose} connection opens</span></dd></div>
"""
