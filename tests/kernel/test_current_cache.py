"""Entries that tell whether the cache still has them."""

from dataclasses import dataclass

from notion_gateway.kernel.current_cache import CurrentCache


@dataclass
class Entry:
    name: str
    is_current: bool = False


def entries(*names: str) -> list[Entry]:
    return [Entry(name) for name in names]


def test_an_entry_is_current_from_when_it_is_put_until_it_is_gone_in_whatever_way() -> None:
    deleted, popped, replaced, second, cleared = entries("a", "b", "c", "c", "d")
    cache = CurrentCache[Entry](10)
    assert not deleted.is_current
    for entry in (deleted, popped, replaced, cleared):
        cache[entry.name] = entry
        assert entry.is_current

    del cache["a"]
    assert cache.pop("b") is popped
    cache["c"] = second
    assert [one.is_current for one in (deleted, popped, replaced)] == [False] * 3
    assert second.is_current
    cache.clear()
    assert [one.is_current for one in (second, cleared)] == [False, False]
    assert len(cache) == 0


def test_what_has_to_make_room_is_current_no_longer() -> None:
    first, second, third = entries("a", "b", "c")
    cache = CurrentCache[Entry](2)
    cache["a"], cache["b"] = first, second
    assert cache.get("a") is first
    cache["c"] = third
    assert [one.is_current for one in (first, second, third)] == [True, False, True]


def test_an_entry_that_is_put_again_is_current_again() -> None:
    (one,) = entries("a")
    cache = CurrentCache[Entry](2)
    cache["a"] = one
    cache["a"] = one
    assert one.is_current
    del cache["a"]
    cache["a"] = one
    assert one.is_current
