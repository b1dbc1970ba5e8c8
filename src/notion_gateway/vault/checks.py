"""Whether secrets can be sealed, and whether the keys open what is stored: for readiness."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import structlog

from notion_gateway.kernel.background import Check
from notion_gateway.kernel.errors import SecretUnreadable, StoreUnavailable
from notion_gateway.kernel.secret import Secret
from notion_gateway.vault.key_fit import KeyFit
from notion_gateway.vault.sealed import SealedSecret, SecretContext
from notion_gateway.vault.vault import EncryptionKey, Vault

log = structlog.stdlib.get_logger()

_LOOK_AGAIN_SECONDS = 30.0
_FEW, _MANY = 3, 1000

Samples = Callable[[int], Awaitable[Mapping[str, Sequence[SealedSecret]]]]
"""By key id, up to so many of the secrets under each (``SecretsTable.samples``)."""


def sealing_check(vault: Vault) -> Check:
    """Raises SecretUnreadable where secrets cannot be sealed and opened."""

    async def check() -> None:
        context = SecretContext("readiness", "", "", "probe")
        if vault.open(vault.seal(Secret("probe"), context)) != Secret("probe"):
            raise SecretUnreadable

    return check


def fitting_check(
    vault: Vault, samples: Samples, *, look_again_seconds: float = _LOOK_AGAIN_SECONDS
) -> Check:
    """The same, and whether the keys open what is stored, as ``KeyFit.require`` says.

    Readiness is asked for every few seconds, by several: what is stored is looked at when the
    keys have changed, and otherwise as seldom as ``look_again_seconds``, by one at a time.
    """
    seals, turn = sealing_check(vault), asyncio.Lock()
    known: tuple[Sequence[EncryptionKey], float, KeyFit] | None = None

    async def look() -> KeyFit:
        nonlocal known
        keys, now = tuple(vault.keyring.current()), time.monotonic()
        if known is not None and known[0] == keys and now - known[1] < look_again_seconds:
            return known[2]
        fit = await look_at_fit(vault, samples)
        if fit.faults:
            log.warning("secrets_unreadable", opened=fit.opened, detail=fit.in_words())
        known = keys, now, fit
        return fit

    async def check() -> None:
        await seals()
        # Whether the database answers is for another check to say.
        with suppress(StoreUnavailable):
            async with turn:
                fit = await look()
            fit.require()

    return check


async def look_at_fit(vault: Vault, samples: Samples) -> KeyFit:
    """Tries a few secrets under each key, and many before it says that nothing opens.

    Raises StoreUnavailable.
    """
    fit = _tried(vault, await samples(_FEW))
    if fit.opened or not fit.faults:
        return fit
    return _tried(vault, await samples(_MANY))


def _tried(vault: Vault, stored: Mapping[str, Sequence[SealedSecret]]) -> KeyFit:
    opened, faults = 0, list[str]()
    for sealed in (one for some in stored.values() for one in some):
        try:
            vault.open(sealed)
        except SecretUnreadable as fault:
            faults.append(str(fault))
        else:
            opened += 1
    return KeyFit(opened, faults)
