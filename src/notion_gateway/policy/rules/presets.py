"""What each preset begins with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from notion_gateway.policy.rules.document import ArgumentRule, ByKind, Effect, Preset
from notion_gateway.policy.rules.taking_away import TAKING_AWAY
from notion_gateway.policy.rules.tools import DELETING_TOOLS

_ALLOW, _ASK, _BLOCK = Effect.ALLOW, Effect.ASK, Effect.BLOCK


@dataclass(frozen=True, slots=True)
class Beginning:
    """``otherwise`` and ``new_tools`` as in a document."""

    otherwise: ByKind
    new_tools: ByKind
    tools: Mapping[str, Effect] = field(default_factory=dict[str, Effect])
    arguments: Sequence[ArgumentRule] = ()


_ALL: Final = ByKind(reading=_ALLOW, writing=_ALLOW)
_UNTIL_SEEN: Final = ByKind(reading=_ALLOW, writing=_ASK)
"""An owner has not seen them yet."""

PRESETS: Final[Mapping[Preset, Beginning]] = {
    Preset.EVERYTHING: Beginning(_ALL, _UNTIL_SEEN),
    Preset.READ_ONLY: Beginning(
        ByKind(reading=_ALLOW, writing=_BLOCK), ByKind(reading=_ALLOW, writing=_BLOCK)
    ),
    Preset.NO_DELETING: Beginning(
        _ALL,
        _UNTIL_SEEN,
        dict.fromkeys(DELETING_TOOLS, _BLOCK),
        TAKING_AWAY,
    ),
    Preset.CUSTOM: Beginning(ByKind(reading=_ALLOW, writing=_ASK), _UNTIL_SEEN),
}
