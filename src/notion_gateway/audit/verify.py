"""Whether a space's entries are what was written, all of them, and in their order; and whether each
is found by the pages that it names, as what it was to them, and by no others.
"""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from notion_gateway.audit.rules.chain import ChainCheck, Ends, Fault, Flaw, Link
from notion_gateway.audit.store import AuditStore, Kept


@dataclass(frozen=True, slots=True)
class Verified:
    """``oldest`` and ``newest``: numbers of the first and last entry that there should be.
    ``fault``: the first that was met; None where all is well. ``code``: the newest entry's, as
    hexadecimal digits: whoever keeps it can show later that nothing was set back.
    """

    space_id: str
    checked: int
    oldest: int
    newest: int
    code: str
    fault: Fault | None


async def verify(store: AuditStore, space_id: str) -> Verified | None:
    """None where nothing was ever kept of the space. Changes nothing. Raises StoreUnavailable."""
    while True:
        ends = await store.ends(space_id)
        if ends is None:
            return None
        check = ChainCheck(store.keys, ends)
        fault = await _first_fault(store, ends, check)
        if fault is None or not await _has_begun_later(store, space_id, ends.kept_after):
            break  # else old entries were deleted while they were read: from the beginning again
    return Verified(
        space_id,
        check.checked,
        ends.kept_after.number + 1,
        ends.newest.number,
        ends.newest.code.hex(),
        fault,
    )


async def _first_fault(store: AuditStore, ends: Ends, check: ChainCheck) -> Fault | None:
    async with aclosing(store.in_order(ends)) as some:
        async for kept in some:
            check.take((one.link, one.entry) for one in kept)
            if check.fault is not None:
                break
            not_found = await _not_found(store, ends, kept)
            if not_found is not None:
                return Fault(not_found, Flaw.PAGES_CHANGED)
    fault = check.end()
    if fault is None:
        added = await store.not_named(ends)
        fault = None if added is None else Fault(added, Flaw.PAGES_CHANGED)
    return fault


async def _not_found(store: AuditStore, ends: Ends, kept: Sequence[Kept]) -> int | None:
    """The first of them that is not found by a page that it names, or not as what it was."""
    found = await store.found_by_page(ends.space_id, kept)
    for one in kept:
        number = one.link.number
        if number > ends.newest.number:
            break  # it came while this went on
        for page in one.entry.pages:
            by = found.get((number, page))
            if by is None or not by.is_of(one.entry):
                return number
    return None


async def _has_begun_later(store: AuditStore, space_id: str, than: Link) -> bool:
    ends = await store.ends(space_id)
    return ends is not None and ends.kept_after.number > than.number
