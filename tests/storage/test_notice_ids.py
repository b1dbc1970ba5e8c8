"""No notice is overlooked, in whatever order ids become visible, and few are read twice."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.storage.notice_ids import NoticeIds

LATE = 60.0


@dataclass
class Table:
    """``visible`` ids, as a transaction that commits leaves them."""

    visible: set[int]

    def read_by(self, ids: NoticeIds) -> set[int]:
        if ids.newest is None:
            return set(self.visible)
        newest, late = ids.newest, set(ids.may_come())
        return {one for one in self.visible if one > newest or one in late}


@given(st.permutations(range(1, 25)), st.sets(st.integers(1, 24)), st.data())
def test_each_id_is_read_once_in_whatever_order_they_are_committed(
    order: list[int], rolled_back: set[int], data: st.DataObject
) -> None:
    ids, table, read, now = NoticeIds(LATE), Table(set()), list[int](), 0.0
    for one in order:
        if one not in rolled_back:
            table.visible.add(one)
        if data.draw(st.booleans()):
            found = table.read_by(ids)
            ids.saw(found, now)
            read += found
            now += 0.5
    read += table.read_by(ids)
    assert sorted(read) == sorted(table.visible)


def test_what_was_rolled_back_is_waited_for_no_longer_than_a_transaction_may_take() -> None:
    ids = NoticeIds(LATE)
    ids.saw({1}, 0)
    ids.saw({3}, 1)
    assert 2 in ids.may_come()
    ids.saw((), 1 + LATE + 1)
    assert list(ids.may_come()) == []
    assert ids.newest == 3


def test_a_process_that_begins_between_two_transactions_hears_the_earlier_one() -> None:
    ids, table = NoticeIds(LATE), Table({7})
    ids.saw(table.read_by(ids), 0)
    table.visible.add(5)
    assert table.read_by(ids) == {5}


def test_ids_of_another_sequence_are_read_from_the_beginning() -> None:
    ids = NoticeIds(LATE)
    ids.saw({1}, 0)
    ids.saw({10**6}, 1)
    assert ids.newest is None
