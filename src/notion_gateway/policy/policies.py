"""The spaces' policies: set, and held ready for every call, which seldom asks the database.

What was read stays in memory until a notice of change arrives, which takes less than two
seconds, and for no longer than ``CacheTrust`` allows while notices cannot be read. Then a call
waits for the database, and without it is refused: a policy that nobody can read lets nothing pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

import structlog

from notion_gateway.access.membership import Members
from notion_gateway.access.rules.principal import Principal
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.current_cache import CurrentCache
from notion_gateway.kernel.errors import VersionConflict
from notion_gateway.policy.approvals import Approvals
from notion_gateway.policy.errors import PolicyChanged, PolicyUnreadable
from notion_gateway.policy.questions import Questions
from notion_gateway.policy.rules.deciding import Calling
from notion_gateway.policy.rules.document import PolicyDocument
from notion_gateway.policy.rules.events import PolicyEvent
from notion_gateway.policy.rules.guard import Guard
from notion_gateway.policy.rules.reading import tools_named
from notion_gateway.policy.rules.space_policy import (
    PolicyCommand,
    RemovePolicy,
    SetPolicy,
    SpacePolicy,
)
from notion_gateway.policy.rules.tools import Catalogue, ListedTools, NamesAlone
from notion_gateway.policy.store import PolicyStore
from notion_gateway.storage.change_feed import Notice, Topic
from notion_gateway.storage.event_streams import InTransaction, RecordedEvent

log = structlog.stdlib.get_logger()


@dataclass(slots=True)
class KnownPolicy:
    """``listed``: what is known of the space's tools, where it has a policy. ``is_current``:
    nothing has been heard since that might have changed it.
    """

    policy: SpacePolicy
    listed: ListedTools
    is_current: bool = False

    def reads(self, tool: str) -> bool:
        """Whether the tool only reads, as far as anybody knows."""
        return self.listed.reads(tool)

    @property
    def document(self) -> PolicyDocument | None:
        """With the tools that an owner has seen in the catalogue among those that they name."""
        document = self.policy.document
        return None if document is None else document.with_seen(self.listed.seen_as_named())


@final
@dataclass
class Policies:
    """``members`` are forgotten with a policy: what a process remembers of a request's head, it
    remembers for as long as nothing has changed in the space. ``catalogue``: what Notion says of
    its tools, where somebody has looked.
    """

    store: PolicyStore
    members: Members
    clock: Clock
    approvals: Approvals
    questions: Questions
    catalogue: Catalogue = field(default_factory=NamesAlone)
    max_cached: int = 10_000
    _cache: CurrentCache[KnownPolicy] = field(init=False, repr=False)
    _changes: int = field(init=False, repr=False, default=0)
    """Counts changes, so that what was read before one is not kept after it."""

    def __post_init__(self) -> None:
        self._cache = CurrentCache(self.max_cached)

    def is_open(self, space_id: str) -> bool:
        """Whether memory knows that the space has no policy."""
        known = self._remembered(space_id)
        if known is None:
            return False
        return known.policy.is_readable and known.policy.document is None

    def guard_in_memory(self, principal: Principal, space_id: str) -> Guard | None:
        """As ``guard``; None also where memory does not know."""
        known = self._remembered(space_id)
        if known is None or not known.policy.is_readable:
            return None
        return self._guard(known, principal)

    async def guard(self, principal: Principal, space_id: str) -> Guard | None:
        """What this caller's calls have to pass; None where the space has no policy.

        Raises PolicyUnreadable, HistoryUnreadable or StoreUnavailable.
        """
        known = self._remembered(space_id) or await self._read(space_id)
        if not known.policy.is_readable:
            raise PolicyUnreadable
        return self._guard(known, principal)

    def _guard(self, known: KnownPolicy, principal: Principal) -> Guard | None:
        document = known.document
        if document is None:
            return None
        return Guard(document, Calling(principal.revocable_id, principal.client_id), known.reads)

    async def looked_through(self, space_id: str) -> tuple[SpacePolicy, KnownPolicy]:
        """Read anew, with what is known of the space's tools also where it has no policy. Raises
        HistoryUnreadable and StoreUnavailable.
        """
        known = await self._read(space_id)
        if known.policy.document is None:
            known = KnownPolicy(known.policy, await self.catalogue.listed(space_id))
        return known.policy, known

    async def load(self, space_id: str) -> SpacePolicy:
        """Read anew, and remembered. Raises HistoryUnreadable and StoreUnavailable."""
        return (await self._read(space_id)).policy

    async def _read(self, space_id: str) -> KnownPolicy:
        changes = self._changes
        policy = await self.store.load(space_id)
        has_any = policy.document is not None
        listed = await self.catalogue.listed(space_id) if has_any else ListedTools()
        found = KnownPolicy(policy, listed)
        if changes == self._changes:
            self._cache[space_id] = found
        return found

    async def nameable(self, space_id: str) -> frozenset[str]:
        """Tools that a policy of this space may name, though this version does not know them: what
        Notion lists, what an owner has seen, and what the policy of now names.

        Raises HistoryUnreadable and StoreUnavailable.
        """
        document = (await self.store.load(space_id)).document
        listed = (await self.catalogue.listed(space_id)).nameable()
        return listed if document is None else listed | tools_named(document)

    async def applies(self, space_id: str) -> bool:
        """Whether anything may be kept from this space's callers, read anew."""
        policy = await self.load(space_id)
        return policy.document is not None or not policy.is_readable

    async def carry_out(
        self, space_id: str, command: PolicyCommand, only_if: InTransaction | None = None
    ) -> SpacePolicy:
        """The policy after it. Raises PolicyChanged where the newest is not the version that
        the command expects, StoreUnavailable and HistoryUnreadable, and what ``only_if`` raises in
        the same transaction.
        """
        before = await self.store.load(space_id)
        events = before.decide(command, self.clock.now())
        if not events:
            return before
        try:
            await self.store.append(space_id, before.version, events, only_if)
        except VersionConflict:
            raise PolicyChanged from None
        self.forget(space_id)
        what = {SetPolicy: "policy_set", RemovePolicy: "policy_removed"}[type(command)]
        log.info(what, space_id=space_id, by=command.by, version=before.version + len(events))
        return before.after(events)

    async def history(
        self, space_id: str, *, limit: int, before: int | None = None
    ) -> Sequence[RecordedEvent[PolicyEvent]]:
        """The newest ``limit`` changes before a version, oldest first."""
        return await self.store.page(space_id, limit=limit, before=before)

    def forget(self, space_id: str) -> None:
        """After a change, made here or elsewhere."""
        self._changes += 1
        self._cache.pop(space_id, None)
        self.members.forget(space_id)

    def changed(self, notice: Notice) -> None:
        """Somebody, perhaps this process, has set a space's policy, or removed it; or other tools
        are known there, or seen.
        """
        if notice.topic in (Topic.POLICY, Topic.CATALOGUE):
            self.forget(notice.space_id)
        self.questions.changed(notice)

    def forget_all(self) -> None:
        """After a time in which changes may have been missed."""
        self._changes += 1
        self._cache.clear()
        self.questions.changed_all()

    def _remembered(self, space_id: str) -> KnownPolicy | None:
        return self._cache.get(space_id) if self.members.trust.holds() else None
