"""How long a space's entries are kept: what its owners have set, or what holds for all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from pydantic import AwareDatetime

from notion_gateway.kernel.events import EventTypes, Record, UnknownEvent

MOST_DAYS: Final = 36_500


class AuditDaysSet(Record):
    """``days`` after the call an entry is deleted; None: as the operator's setting says."""

    type: Literal["AuditDaysSet"] = "AuditDaysSet"
    at: AwareDatetime
    set_by: str
    days: int | None


AUDIT_EVENT_TYPES: EventTypes[AuditDaysSet] = EventTypes(AuditDaysSet)


@dataclass(frozen=True, slots=True)
class Keeping:
    """``days`` is None where the operator's setting holds. Where ``is_readable`` is False, a
    version after this one wrote something that is not understood here, and nothing is deleted.
    """

    version: int = 0
    days: int | None = None
    set_at: datetime | None = None
    set_by: str | None = None
    is_readable: bool = True

    def apply(self, event: AuditDaysSet | UnknownEvent) -> "Keeping":
        """Each event says everything, so the newest is enough."""
        if isinstance(event, UnknownEvent):
            return replace(self, version=self.version + 1, days=None, is_readable=False)
        return Keeping(self.version + 1, event.days, event.at, event.set_by)

    def decide(self, days: int | None, by: str, now: datetime) -> Sequence[AuditDaysSet]:
        """Nothing where it would say the same."""
        if self.is_readable and days == self.days:
            return []
        return [AuditDaysSet(at=now, set_by=by, days=days)]
