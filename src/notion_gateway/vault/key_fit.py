"""Whether the keys that are here are the ones that sealed what is stored: the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

from notion_gateway.kernel.errors import SecretUnreadable, SomeSecretsUnreadable

_NAMED = 3


@dataclass(frozen=True, slots=True)
class KeyFit:
    """Of some secrets under each key: how many open, and for each other one what its error says,
    which names the secret and its key.
    """

    opened: int
    faults: Sequence[str]

    def in_words(self) -> str:
        """The first few faults, and how many more there are."""
        more = len(self.faults) - _NAMED
        return " ".join([*self.faults[:_NAMED], *([f"And {more} more."] if more > 0 else [])])

    def require(self) -> None:
        """Raises SecretUnreadable where nothing opens: these are the wrong keys. Raises
        SomeSecretsUnreadable where other secrets do: each that does not fails alone.
        """
        if self.faults and not self.opened:
            raise SecretUnreadable(f"The keys that are here open nothing stored. {self.in_words()}")
        if self.faults:
            raise SomeSecretsUnreadable(f"Some stored secrets do not open. {self.in_words()}")
