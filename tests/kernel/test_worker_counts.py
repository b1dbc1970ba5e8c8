"""Workers count together without a lock: each writes its own part, and reads the others'."""

import os
from collections.abc import Generator

import pytest

from notion_gateway.access.bytes_in_flight import BytesInFlight
from notion_gateway.access.rate_limiter import RateLimiter, SharedRateLimiter
from notion_gateway.kernel.errors import TooManyRequests
from notion_gateway.kernel.worker_counts import WorkerCounts, new_memory, take_over


@pytest.fixture
def memory() -> Generator[int]:
    descriptor = new_memory(3)
    yield descriptor
    os.close(descriptor)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def two_limiters(memory: int, clock: Clock, limit: int = 6) -> list[RateLimiter]:
    return [
        SharedRateLimiter(limit, WorkerCounts(memory, place).table("calls"), monotonic=clock)
        for place in range(2)
    ]


def let_through(limiters: list[RateLimiter], hits: int, key: str = "ada") -> int:
    return sum(limiters[one % len(limiters)].hit(key) is None for one in range(hits))


def test_the_limit_of_two_workers_is_the_limit_of_one(memory: int) -> None:
    clock = Clock()

    assert let_through(two_limiters(memory, clock), 50) == 6
    assert let_through([RateLimiter(6, monotonic=clock) for _ in range(2)], 50) == 12


def test_one_worker_alone_gives_the_whole_limit(memory: int) -> None:
    first, second = two_limiters(memory, Clock())

    assert let_through([first], 50) == 6
    assert second.is_spent("ada")
    assert not second.is_spent("bob")
    assert second.hit("ada") == 20, "to the end of the minute that began at 960"


def test_a_new_minute_begins_with_nothing(memory: int) -> None:
    clock = Clock()
    limiters = two_limiters(memory, clock)
    let_through(limiters, 50)
    clock.now = 1020.0

    assert let_through(limiters, 50) == 6


def test_a_mistake_that_another_worker_has_seen_counts_no_second_time(memory: int) -> None:
    first, second = two_limiters(memory, Clock(), limit=2)
    for _ in range(3):
        first.hit_once("address", "wrong")
        second.hit_once("address", "wrong")

    assert not first.is_spent("address")
    second.hit_once("address", "other")
    assert first.is_spent("address")


def test_what_an_ended_worker_held_is_free_again(memory: int) -> None:
    first, second = (
        BytesInFlight(100, 100, WorkerCounts(memory, place).table("body_bytes"))
        for place in range(2)
    )
    first.take("ada", 60)
    with pytest.raises(TooManyRequests):
        second.take("bob", 50)
    take_over(memory, 0, WorkerCounts(memory, 2))

    second.take("bob", 50)
    second.give_back("bob", 50)
    second.take("bob", 100)


def test_a_refused_body_leaves_nothing_behind(memory: int) -> None:
    first, second = (
        BytesInFlight(100, 150, WorkerCounts(memory, place).table("body_bytes"))
        for place in range(2)
    )
    first.take("ada", 90)
    for _ in range(5):
        with pytest.raises(TooManyRequests, match="Your requests"):
            second.take("ada", 20)

    second.take("bob", 60)


def test_many_keys_keep_their_own_counts(memory: int) -> None:
    first, second = (WorkerCounts(memory, place).table("open_calls") for place in range(2))
    keys = [f"caller {number}" for number in range(20_000)]
    for number, key in enumerate(keys):
        first.add(key, number + 1)
        second.add(f"other {number}", 1)

    assert [second.total(key) for key in keys] == [*range(1, 20_001)]
    for number, key in enumerate(keys):
        first.add(key, -number - 1)
    assert not any(second.total(key) for key in keys)


def test_what_an_ended_worker_had_let_through_in_the_minute_still_counts(memory: int) -> None:
    clock, parent = Clock(), WorkerCounts(memory, 2)
    first, second = two_limiters(memory, clock)
    assert let_through([first], 4) == 4
    assert let_through([first], 3, "bob") == 3
    first.hit_once("address", "wrong")
    take_over(memory, 0, parent)
    successor = two_limiters(memory, clock)[0]
    assert let_through([successor], 1) == 1
    take_over(memory, 0, parent)
    successor = two_limiters(memory, clock)[0]

    assert successor.has_seen("address", "wrong")
    assert let_through([successor, second], 50) == 1
    assert let_through([second, successor], 50, "bob") == 3
    clock.now = 1020.0
    assert let_through([successor, second], 50) == 6
    take_over(memory, 0, parent)
    assert let_through([second], 50) == 0


def test_many_keys_of_an_ended_worker_keep_their_own_counts(memory: int) -> None:
    first, second, parent = (WorkerCounts(memory, place) for place in range(3))
    for one in (first, second):
        one.table("calls").begin(7)
    for number in range(20_000):
        first.table("calls").add(f"caller {number}", number + 1)
    take_over(memory, 0, parent)

    counted = [second.table("calls").total(f"caller {number}") for number in range(20_000)]
    assert counted == [*range(1, 20_001)]
