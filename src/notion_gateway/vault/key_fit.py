"""Whether the keys that are here are the ones that sealed what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from notion_gateway.kernel.errors import SecretUnreadable, SomeSecretsUnreadable
from notion_gateway.ports import SealedSecret, TokenVault

_FEW, _MANY = 3, 1000
_NAMED = 3


class StoredSecrets(Protocol):
    async def samples(self, each: int) -> Mapping[str, Sequence[SealedSecret]]:
        """By key id, up to so many of the secrets under each. Raises StoreUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class KeyFit:
    """Of some secrets under each key: how many open, and for each other one what its error says,
    which names the secret and its key.
    """

    opened: int
    faults: Sequence[str]

    def told(self) -> str:
        """The first few faults, and how many more there are."""
        more = len(self.faults) - _NAMED
        return " ".join([*self.faults[:_NAMED], *([f"And {more} more."] if more > 0 else [])])

    def require(self) -> None:
        """Raises SecretUnreadable where nothing opens: these are the wrong keys. Raises
        SomeSecretsUnreadable where other secrets do: each that does not fails alone.
        """
        if self.faults and not self.opened:
            raise SecretUnreadable(f"The keys that are here open nothing stored. {self.told()}")
        if self.faults:
            raise SomeSecretsUnreadable(f"Some stored secrets do not open. {self.told()}")


async def look_at_fit(vault: TokenVault, stored: StoredSecrets) -> KeyFit:
    """Tries a few secrets under each key, and many before it says that nothing opens.

    Raises StoreUnavailable.
    """
    fit = _tried(vault, await stored.samples(_FEW))
    if fit.opened or not fit.faults:
        return fit
    return _tried(vault, await stored.samples(_MANY))


def _tried(vault: TokenVault, stored: Mapping[str, Sequence[SealedSecret]]) -> KeyFit:
    opened, faults = 0, list[str]()
    for sealed in (one for some in stored.values() for one in some):
        try:
            vault.open(sealed)
        except SecretUnreadable as fault:
            faults.append(str(fault))
        else:
            opened += 1
    return KeyFit(opened, faults)
