"""Whether a space's entries are what was written, all of them, and in their order."""

from contextlib import aclosing
from dataclasses import dataclass

from notion_gateway.audit.rules.chain import ChainCheck, Fault, Link
from notion_gateway.audit.store import AuditStore


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
        async with aclosing(store.in_order(ends)) as some:
            async for kept in some:
                check.take((one.link, one.entry) for one in kept)
                if check.fault is not None:
                    break
        fault = check.end()
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


async def _has_begun_later(store: AuditStore, space_id: str, than: Link) -> bool:
    ends = await store.ends(space_id)
    return ends is not None and ends.kept_after.number > than.number
