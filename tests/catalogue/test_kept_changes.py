"""Which recorded changes stay when there are many."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.catalogue.rules.kept_changes import (
    KEPT_CHANGES,
    KEPT_OF_TOOL,
    KEPT_UNSEEN_TOOLS,
    Recorded,
    outdated,
)


def row(number: int, tool: str, *, flagged: bool = False, unseen: bool = True) -> Recorded:
    return Recorded(number, tool, flagged, unseen)


def left(changes: Sequence[Recorded]) -> list[Recorded]:
    """As they stand in the table afterwards."""
    found = outdated(changes)
    return [
        replace(one, left_out=found.left_out.get(one.number, one.left_out))
        for one in changes
        if one.number not in found.numbers
    ]


def test_few_all_stay() -> None:
    few = [row(number, f"tool-{number % 7}", flagged=True) for number in range(KEPT_OF_TOOL)]
    assert left(few) == few


def test_a_flood_of_new_names_takes_no_earlier_ones_place() -> None:
    first = [row(number, f"first-{number}", flagged=True) for number in range(KEPT_UNSEEN_TOOLS)]
    flood = [row(1000 + number, f"flood-{number}", flagged=True) for number in range(3000)]
    kept = left([*first, *flood])
    assert kept[:KEPT_UNSEEN_TOOLS] == first
    assert len(kept) == KEPT_UNSEEN_TOOLS + KEPT_CHANGES


def test_what_is_flagged_comes_before_what_is_only_new() -> None:
    noise = [row(number, f"noise-{number}") for number in range(2 * KEPT_UNSEEN_TOOLS)]
    hurt = row(5000, "hurt", flagged=True)
    later = [row(6000 + number, f"later-{number}") for number in range(2 * KEPT_CHANGES)]
    assert hurt in left([*noise, hurt, *later])


def test_what_an_owner_has_seen_makes_room() -> None:
    seen = row(1, "seen", flagged=True, unseen=False)
    later = [row(2 + number, f"later-{number}") for number in range(KEPT_CHANGES)]
    assert seen not in left([seen, *later])


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=400),
    st.integers(1, 60),
)
def test_however_they_come_it_is_bounded_and_nothing_is_uncounted(
    came: list[tuple[int, bool, bool]], at_once: int
) -> None:
    """Cut after every few, as they are recorded: what is missing is counted by what follows it."""
    kept: list[Recorded] = []
    for begins in range(0, len(came), at_once):
        kept += [
            Recorded(number, f"tool-{tool}", flagged, unseen)
            for number, (tool, flagged, unseen) in enumerate(
                came[begins : begins + at_once], begins
            )
        ]
        kept = left(kept)
    for tool in {one.tool for one in kept}:
        theirs = [one for one in kept if one.tool == tool]
        of_tool = [f"tool-{one}" for one, _, _ in came].count(tool)
        assert len(theirs) + sum(one.left_out for one in theirs) == of_tool
        assert len(theirs) <= KEPT_OF_TOOL + 2
