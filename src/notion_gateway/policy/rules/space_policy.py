"""A space's policy as its newest event says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce

from notion_gateway.kernel.events import UnknownEvent
from notion_gateway.policy.errors import PolicyChanged
from notion_gateway.policy.rules.document import PolicyDocument
from notion_gateway.policy.rules.events import PolicyEvent, SpacePolicyRemoved, SpacePolicySet
from notion_gateway.policy.rules.reading import stored_policy, written


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """``expected_version`` is the one that whoever sets it has seen; 0 where there was none."""

    document: PolicyDocument
    by: str
    expected_version: int


@dataclass(frozen=True, slots=True)
class RemovePolicy:
    by: str
    expected_version: int


PolicyCommand = SetPolicy | RemovePolicy


@dataclass(frozen=True, slots=True)
class SpacePolicy:
    """``document`` is None where there is no policy; where ``is_readable`` is False, a version
    after this one wrote something that is not understood here, and nothing may pass.
    """

    space_id: str
    version: int = 0
    document: PolicyDocument | None = None
    set_at: datetime | None = None
    set_by: str | None = None
    is_readable: bool = True

    def apply(self, event: PolicyEvent | UnknownEvent) -> "SpacePolicy":
        """Each event says everything, so the newest is enough."""
        version = self.version + 1
        match event:
            case SpacePolicySet():
                document = stored_policy(event.document)
                return replace(
                    self,
                    version=version,
                    document=document,
                    set_at=event.at,
                    set_by=event.set_by,
                    is_readable=document is not None,
                )
            case SpacePolicyRemoved():
                return replace(
                    self,
                    version=version,
                    document=None,
                    set_at=event.at,
                    set_by=event.removed_by,
                    is_readable=True,
                )
            case UnknownEvent():
                return replace(self, version=version, document=None, is_readable=False)

    def after(self, events: Sequence[PolicyEvent]) -> "SpacePolicy":
        return reduce(SpacePolicy.apply, events, self)

    def decide(self, command: PolicyCommand, now: datetime) -> Sequence[PolicyEvent]:
        """Nothing where it would say the same. Raises PolicyChanged."""
        if command.expected_version != self.version:
            raise PolicyChanged(
                f"Version {self.version} of this space's policy is the newest, not"
                f" {command.expected_version}: read it again, then set yours."
            )
        match command:
            case SetPolicy():
                if command.document == self.document:
                    return []
                document = written(command.document)
                return [SpacePolicySet(at=now, set_by=command.by, document=document)]
            case RemovePolicy():
                if self.document is None and self.is_readable:
                    return []
                return [SpacePolicyRemoved(at=now, removed_by=command.by)]
