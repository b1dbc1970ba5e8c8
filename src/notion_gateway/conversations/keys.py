"""Where the key lies that somebody's conversations in a space are sealed with."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.conversations.rows import of
from notion_gateway.conversations.rules import Owner
from notion_gateway.conversations.sealing import Seal, context_of
from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.storage.schema.conversations import conversation_keepers
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault


async def seal_of(
    connection: AsyncConnection, secrets: SecretsTable, vault: Vault, owner: Owner
) -> Seal | None:
    """None where this person keeps nothing. Raises SecretUnreadable."""
    query = sa.select(conversation_keepers.c.secret_id).where(of(conversation_keepers, owner))
    secret_id = await connection.scalar(query)
    if secret_id is None:
        return None
    sealed = await secrets.get_on(connection, secret_id, owner.space_id)
    if sealed is None or sealed.context != context_of(owner, secret_id):
        raise SecretUnreadable(f"Secret {secret_id} is missing from the vault.")
    return Seal(owner, vault.open(sealed))
