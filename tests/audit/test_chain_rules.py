"""A chain shows each thing that can be done to it by who has not its key."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.audit.rules.chain import (
    BEGINNING,
    ChainCheck,
    Ends,
    Fault,
    Flaw,
    Link,
    chained,
    code_of,
    proven,
)
from notion_gateway.audit.rules.entry import Entry

KEY = b"k" * 32
Chain = Sequence[tuple[Link, Entry]]


def chain(count: int = 5) -> list[tuple[Link, Entry]]:
    entries = [Entry(at=float(number), tool=f"tool-{number}") for number in range(count)]
    return list(chained(KEY, "birch", BEGINNING, entries))


def ends_of(entries: Chain, kept_after: Link = BEGINNING) -> Ends:
    newest = entries[-1][0] if entries else kept_after
    return proven(KEY, Ends("birch", kept_after, newest))


def checked(entries: Chain, ends: Ends, *keys: bytes) -> Fault | None:
    check = ChainCheck(lambda: keys or (KEY,), ends)
    check.take(entries)
    return check.end()


@given(st.integers(0, 30), st.integers(1, 7))
def test_what_was_written_is_whole_however_it_is_read(count: int, at_once: int) -> None:
    entries = chain(count)
    check = ChainCheck(lambda: [KEY], ends_of(entries))
    for begins in range(0, count, at_once):
        check.take(entries[begins : begins + at_once])
    assert check.end() is None
    assert check.checked == count


def test_an_entry_of_a_version_before_keeps_its_form() -> None:
    """Its code was made of it: what entries have got since must not change it."""
    before = (
        b'[1.5,"call","ada","t-1","Birch","notion-fetch",200,"answered","",12.5,30,"r-1","","",'
        b'["1f2e3d4c-5b6a-7988-0011-223344556677"],1]'
    )
    entry = Entry(
        at=1.5,
        user_id="ada",
        token="t-1",
        client="Birch",
        tool="notion-fetch",
        status=200,
        outcome="answered",
        duration_ms=12.5,
        asked_bytes=30,
        request_id="r-1",
        pages=("1f2e3d4c-5b6a-7988-0011-223344556677",),
    )
    assert entry.in_one_form == before
    assert replace(entry, grant="shared").in_one_form == before[:-1] + b',{"grant":"shared"}]'


Change = Callable[[list[tuple[Link, Entry]]], None]


def changed(entries: list[tuple[Link, Entry]]) -> None:
    link, entry = entries[2]
    entries[2] = (link, replace(entry, tool="another"))


def removed(entries: list[tuple[Link, Entry]]) -> None:
    del entries[2]


def exchanged(entries: list[tuple[Link, Entry]]) -> None:
    entries[2], entries[3] = (entries[2][0], entries[3][1]), (entries[3][0], entries[2][1])


def exchanged_with_their_codes(entries: list[tuple[Link, Entry]]) -> None:
    (third, one), (fourth, other) = entries[2], entries[3]
    entries[2], entries[3] = (Link(3, fourth.code), other), (Link(4, third.code), one)


def made_up(entries: list[tuple[Link, Entry]]) -> None:
    before, (_, entry) = entries[1][0], entries[2]
    entries[2] = (Link(3, code_of(b"x" * 32, "birch", before, entry)), entry)


def of_another_space(entries: list[tuple[Link, Entry]]) -> None:
    before, (_, entry) = entries[1][0], entries[2]
    entries[2] = (Link(3, code_of(KEY, "maple", before, entry)), entry)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (changed, Fault(3, Flaw.CHANGED)),
        (removed, Fault(3, Flaw.MISSING)),
        (exchanged, Fault(3, Flaw.CHANGED)),
        (exchanged_with_their_codes, Fault(3, Flaw.CHANGED)),
        (made_up, Fault(3, Flaw.CHANGED)),
        (of_another_space, Fault(3, Flaw.CHANGED)),
    ],
)
def test_the_first_entry_that_is_not_as_it_was_is_named(change: Change, fault: Fault) -> None:
    entries = chain()
    ends = ends_of(entries)
    change(entries)
    assert checked(entries, ends) == fault


def test_the_newest_or_the_oldest_cannot_be_left_out() -> None:
    entries = chain()
    assert checked(entries[:-1], ends_of(entries)) == Fault(5, Flaw.MISSING)
    assert checked(entries[1:], ends_of(entries)) == Fault(1, Flaw.MISSING)
    # Not with ends that say so either: whoever writes them does not have the key.
    moved = replace(ends_of(entries), newest=entries[-2][0])
    assert checked(entries[:-1], moved) == Fault(4, Flaw.ENDS_CHANGED)
    moved = replace(ends_of(entries), kept_after=entries[0][0])
    assert checked(entries[1:], moved) == Fault(5, Flaw.ENDS_CHANGED)


def test_what_is_left_after_the_oldest_were_deleted_is_whole() -> None:
    entries = chain()
    assert checked(entries[2:], ends_of(entries, kept_after=entries[1][0])) is None


def test_entries_that_come_while_it_is_checked_are_left_alone() -> None:
    entries = chain()
    assert checked(entries, ends_of(entries[:3])) is None


def test_any_of_the_keys_may_have_made_the_codes() -> None:
    entries = chain()
    assert checked(entries, ends_of(entries), b"x" * 32, KEY) is None
    assert checked(entries, ends_of(entries), b"x" * 32) == Fault(5, Flaw.ENDS_CHANGED)


@given(st.sampled_from(list(Entry.__dataclass_fields__)))
def test_each_field_is_part_of_the_code(field: str) -> None:
    entry = Entry(at=1.0)
    other = {"at": 2.0, "kind": "lost", "pages": ("p",)}.get(field)
    if other is None:
        other = "x" if isinstance(getattr(entry, field), str) else 7
    differs = replace(entry, **{field: other})  # pyright: ignore[reportArgumentType]
    assert code_of(KEY, "birch", BEGINNING, entry) != code_of(KEY, "birch", BEGINNING, differs)
