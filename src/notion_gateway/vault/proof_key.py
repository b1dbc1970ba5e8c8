"""The random key of proofs that the gateway gives to itself, sealed in the database.

It outlives every encryption key: a rotation wraps it anew, as it does the stored tokens, so
that what was proven before an old key is dropped stays good after it.
"""

import base64
import os
from typing import Any, Final, final

import sqlalchemy as sa
import structlog
from sqlalchemy import exc

from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.grants import proof_keys
from notion_gateway.vault.sealed import SealedSecret, SecretContext
from notion_gateway.vault.vault import KEY_BYTES, Vault

log = structlog.stdlib.get_logger()

_NAME: Final = "proofs"
_CONTEXT: Final = SecretContext(secret_id=_NAME, space_id="", process_id="", field="proof_key")
_t = proof_keys.c


@final
class ProofKey:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def load(self) -> bytes | None:
        """The one that all gateways on this database have; made by the first.

        None where no encryption key opens it. It is left as it is then: another gateway may have
        the key, and proofs can be made from the encryption keys meanwhile.
        """
        stored = await self._stored()
        if stored is None:
            material = base64.b64encode(os.urandom(KEY_BYTES)).decode()
            await self._add(self._vault.seal(Secret(material), _CONTEXT))
            stored = await self._stored()  # another gateway may have been faster
        if stored is None:
            return None
        try:
            return base64.b64decode(self._vault.open(stored).reveal())
        except SecretUnreadable as fault:
            log.warning("proof_key_unreadable", detail=str(fault))
            return None

    async def rewrap(self) -> None:
        """Under the newest encryption key; what none opens stays as it is."""
        stored = await self._stored()
        if stored is None or stored.key_id == self._vault.newest_key_id():
            return
        try:
            new = self._vault.rewrap(stored)
        except SecretUnreadable as fault:
            log.warning("proof_key_unreadable", detail=str(fault))
            return
        update = (
            sa.update(proof_keys)
            .where(_t.name == _NAME, _t.wrapped_key == stored.wrapped_key)
            .values(key_id=new.key_id, wrapped_key=new.wrapped_key)
        )
        async with self._database.writing() as connection:
            await connection.execute(update)

    async def _stored(self) -> SealedSecret | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(sa.select(proof_keys).where(_t.name == _NAME))
            ).one_or_none()
        if row is None:
            return None
        return SealedSecret(
            _CONTEXT, row.schema_version, row.key_id, row.wrapped_key, row.ciphertext
        )

    async def _add(self, sealed: SealedSecret) -> None:
        row: dict[str, Any] = {
            "name": _NAME,
            "schema_version": sealed.schema_version,
            "key_id": sealed.key_id,
            "wrapped_key": sealed.wrapped_key,
            "ciphertext": sealed.ciphertext,
        }
        absent = ~sa.exists().where(_t.name == _NAME)
        values = sa.select(
            *(sa.bindparam(name, value, proof_keys.c[name].type) for name, value in row.items())
        )
        insert = sa.insert(proof_keys).from_select(list(row), values.where(absent))
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert)
        except exc.IntegrityError:
            pass  # another gateway's, in the same moment
