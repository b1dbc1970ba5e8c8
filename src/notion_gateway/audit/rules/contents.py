"""Whether a space asks for what is said in its calls: their arguments, their results."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime

from notion_gateway.kernel.events import EventTypes, Record, UnknownEvent


class AuditContentsSet(Record):
    """Whether they are recorded from then on."""

    type: Literal["AuditContentsSet"] = "AuditContentsSet"
    at: AwareDatetime
    set_by: str
    arguments: bool
    results: bool


CONTENTS_EVENT_TYPES: EventTypes[AuditContentsSet] = EventTypes(AuditContentsSet)


@dataclass(frozen=True, slots=True)
class Contents:
    """Nothing is recorded of what is said where nobody has asked for it, or where a version after
    this one wrote something that is not understood here.
    """

    version: int = 0
    arguments: bool = False
    results: bool = False
    set_at: datetime | None = None
    set_by: str | None = None

    @property
    def any(self) -> bool:
        return self.arguments or self.results

    def apply(self, event: AuditContentsSet | UnknownEvent) -> "Contents":
        """Each event says everything, so the newest is enough."""
        version = self.version + 1
        if isinstance(event, UnknownEvent):
            return replace(self, version=version, arguments=False, results=False)
        return Contents(version, event.arguments, event.results, event.at, event.set_by)

    def decide(
        self, by: str, now: datetime, *, arguments: bool, results: bool
    ) -> Sequence[AuditContentsSet]:
        """Nothing where it would say the same."""
        if (arguments, results) == (self.arguments, self.results):
            return []
        return [AuditContentsSet(at=now, set_by=by, arguments=arguments, results=results)]
