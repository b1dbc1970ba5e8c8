"""What happens to a space's policy, as it is recorded."""

from typing import Any, Literal

from pydantic import AwareDatetime

from notion_gateway.kernel.events import EventTypes, Record


class SpacePolicySet(Record):
    """``document`` is the whole policy as it holds from now on, in the form that people write."""

    type: Literal["SpacePolicySet"] = "SpacePolicySet"
    at: AwareDatetime
    set_by: str
    document: dict[str, Any]


class SpacePolicyRemoved(Record):
    """From now on nothing is kept from Notion."""

    type: Literal["SpacePolicyRemoved"] = "SpacePolicyRemoved"
    at: AwareDatetime
    removed_by: str


PolicyEvent = SpacePolicySet | SpacePolicyRemoved

POLICY_EVENT_TYPES: EventTypes[PolicyEvent] = EventTypes(SpacePolicySet, SpacePolicyRemoved)
