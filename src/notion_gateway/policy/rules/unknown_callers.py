"""For whom a policy has rules, though the space has no such token, client or machine."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from notion_gateway.policy.rules.document import PolicyDocument


class WarningReason(StrEnum):
    """Closed list: what is odd about a policy that holds. A code is added, never renamed."""

    TOKEN_UNKNOWN = "token_unknown"  # noqa: S105 - a reason code, not a secret
    CLIENT_UNKNOWN = "client_unknown"


@dataclass(frozen=True, slots=True)
class UnknownCaller:
    """``place``: where the document names it: ``callers[0].token``. ``caller``: the name."""

    reason: WarningReason
    place: str
    caller: str

    @property
    def detail(self) -> str:
        """For a person."""
        if self.reason is WarningReason.TOKEN_UNKNOWN:
            return (
                f"{self.place}: this space has no token, login or machine {self.caller}."
                " What stands there holds for nobody."
            )
        return (
            f"{self.place}: this space has no login of the client {self.caller}, and no such"
            " machine. What stands there holds once it has."
        )


def names_callers(policy: PolicyDocument) -> bool:
    return any(one.any_token is None for one in policy.callers)


def unknown_callers(
    policy: PolicyDocument, tokens: Collection[str], clients: Collection[str]
) -> list[UnknownCaller]:
    """``tokens`` and ``clients``: what a policy may name of those that the space has now. Others
    are no mistake, for a token may end and a client log in later, but they may be misspelt.
    """
    found: list[UnknownCaller] = []
    for number, one in enumerate(policy.callers):
        if one.token is not None and one.token not in tokens:
            place = f"callers[{number}].token"
            found.append(UnknownCaller(WarningReason.TOKEN_UNKNOWN, place, one.token))
        if one.client is not None and one.client not in clients:
            place = f"callers[{number}].client"
            found.append(UnknownCaller(WarningReason.CLIENT_UNKNOWN, place, one.client))
    return found
