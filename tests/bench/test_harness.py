"""The bench's own parts against a real gateway in tiny counts: no wrk, no nginx."""

import asyncio
import http.client
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop
from rich.console import Console

from bench import path, spaces
from bench.against import moved, read_saved, show_against
from bench.calls import CALL, LARGE_CALL, CallRound
from bench.client import costs
from bench.figures import Ratio
from bench.held_streams import hold
from bench.open_streams import measure_open_streams, streams_that_fit
from bench.principal import by_bytes, steps
from bench.processes import BenchError, Usage, children, fake_upstream, open_files
from bench.results import Results
from bench.starts import StartRound, measure_start
from bench.streams import StreamPlan, measure_streams
from bench.table import show
from bench.targets import Target, gateway, served, targets
from bench.upstream import ANSWER_BYTES, HOST, LARGE_ANSWER_BYTES
from bench.workers import measure_workers, one_and_several, place_workers
from tests.support.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Target]]:
    with targets(tmp_path_factory.mktemp("bench"), nginx=False) as found:
        yield found


def test_the_upstream_and_the_connected_gateway_answer_a_call_with_one_kibibyte(
    both: list[Target],
) -> None:
    assert [target.name for target in both] == ["direct", "gateway"]
    for target in both:
        connection = http.client.HTTPConnection(HOST, target.port, timeout=10)
        connection.request("POST", target.path, CALL, target.headers)
        answer = connection.getresponse()
        assert (answer.status, len(answer.read())) == (200, ANSWER_BYTES), target.name
        connection.close()


@pytest.mark.parametrize("lanes", [1, 4])
def test_every_event_is_timed_through_each(both: list[Target], lanes: int) -> None:
    plan = StreamPlan(lanes=lanes, streams_per_lane=3, events=5, interval_ms=2)
    for target in both:
        measured = uvloop.run(measure_streams(target, plan))
        assert (measured.streams, measured.events) == (lanes * 3, lanes * 15)
        assert 0 < measured.event_p50_ms < 1000
        assert 0 < measured.first_event_p50_ms < 1000


def test_a_burst_is_counted_and_a_large_answer_comes_whole(both: list[Target]) -> None:
    plan = StreamPlan(lanes=1, streams_per_lane=2, events=300, interval_ms=0)
    for target in both:
        measured = uvloop.run(measure_streams(target, plan))
        assert (measured.is_burst, measured.events) == (True, 600)
        assert measured.events_per_second > 100
        connection = http.client.HTTPConnection(HOST, target.port, timeout=10)
        connection.request("POST", target.path, LARGE_CALL, target.headers)
        answer = connection.getresponse()
        assert (answer.status, len(answer.read())) == (200, LARGE_ANSWER_BYTES), target.name
        connection.close()


def test_a_database_that_was_filled_beforehand_serves_its_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "3" / "gateway-data"
    with fake_upstream() as (_, port):
        uvloop.run(spaces.fill(folder, port, 3))
        with served(tmp_path / "3", port) as target:
            spaces.call_each(target, 3)


def test_a_process_s_memory_and_time_are_read(both: list[Target]) -> None:
    usage = Usage.of(both[-1].pid)
    assert usage.cpu_seconds > 0
    assert 0 < usage.rss_bytes <= usage.peak_rss_bytes


def test_the_steps_that_tell_who_is_calling_are_timed_for_each_kind_of_caller() -> None:
    micros = uvloop.run(steps(calls=20, rounds=2))

    assert set(micros) == {"headers", "gateway token", "signed principal"}
    assert all(0 < one < 10_000 for one in micros.values())


def test_how_long_it_takes_to_tell_a_request_by_its_bytes_is_timed() -> None:
    assert 0 < uvloop.run(by_bytes(calls=20, rounds=3)) < 10_000


def test_a_single_stream_is_timed_too(both: list[Target]) -> None:
    plan = StreamPlan(lanes=1, streams_per_lane=1, events=1, interval_ms=0)
    measured = uvloop.run(measure_streams(both[-1], plan))
    assert measured.first_event_p95_ms == measured.first_event_p50_ms > 0


@pytest.mark.thorough
def test_a_start_is_timed_until_it_is_ready_with_and_without_a_data_folder(
    both: list[Target], tmp_path: Path
) -> None:
    found = measure_start(tmp_path / "start", both[0].port)
    assert 0.1 < found.next_seconds < 20
    assert 0.1 < found.first_seconds < 20
    assert 0.1 < found.cpu_seconds < 20


def a_few_calls(target: Target) -> CallRound:
    """A load without wrk."""
    before, began = Usage.of(target.pid), time.monotonic()
    for _ in range(20):
        connection = http.client.HTTPConnection(HOST, target.port, timeout=10)
        connection.request("POST", target.path, CALL, target.headers)
        assert connection.getresponse().status == 200
        connection.close()
    took = time.monotonic() - began
    micros = (Usage.of(target.pid).cpu_seconds - before.cpu_seconds) / 20 * 1e6
    return CallRound(target.name, ANSWER_BYTES, 1, 20, 20 / took, 1.0, 2.0, micros)


def test_open_streams_are_counted_in_memory_and_calls_are_made_beside_them(
    both: list[Target],
) -> None:
    beside: list[int] = []

    def load(target: Target) -> CallRound:
        beside.append(open_files(target.pid))
        return a_few_calls(target)

    rounds = uvloop.run(measure_open_streams(both[-1], 200, 2, load))

    assert [one.streams for one in rounds] == [200, 200]
    assert 1000 < rounds[0].bytes_each < 100_000
    warm_up, without, with_streams, without_again, with_streams_again = beside
    assert with_streams - without > 300, "each holds two sockets; some to Notion were there"
    assert with_streams_again - without_again > 300
    assert without_again - warm_up <= 128, "they were let go before the next round"
    names = [one.name for one in Results(open_streams=rounds).figures()]
    assert names == ["each of 200 open streams, kB", "calls per second"]


def test_streams_that_nobody_ended_are_counted_while_they_are_held(tmp_path: Path) -> None:
    async def until_all_have_ended(target: Target, upstream: int) -> None:
        looks = hold(target, 5, 1000, 0.02)
        assert (await anext(looks)).ended == 0
        os.kill(upstream, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for look in looks:
                if look.ended == 5:
                    break
        await looks.aclose()

    with fake_upstream() as (upstream, port), gateway(tmp_path, port) as target:
        uvloop.run(until_all_have_ended(target, upstream))


def test_as_many_streams_are_opened_as_the_system_allows() -> None:
    assert streams_that_fit(5000, files=20_000) == 5000
    assert streams_that_fit(5000, files=4000) == 1500
    assert streams_that_fit(5000, files=100) == 1


@pytest.mark.thorough
def test_one_worker_and_two_are_measured_once_all_are_ready_each_with_its_children(
    tmp_path: Path,
) -> None:
    with one_and_several(tmp_path, 2) as gateways:
        one, two = gateways.by_workers.values()
        assert "workers_ready" in (tmp_path / "workers-2" / "gateway.log").read_text()
        workers = children(two.pid)
        assert (len(children(one.pid)), len(workers)) == (0, 2)
        place_workers(gateways, [min(os.sched_getaffinity(0))])
        assert all(len(os.sched_getaffinity(pid)) == 1 for pid in (one.pid, *workers))
        rounds = measure_workers(gateways, a_few_calls)

    assert [each.workers for each in rounds] == [1, 2]
    assert all(each.gateway_microseconds > 0 for each in rounds)
    figures = Results(workers=rounds).figures()
    assert list(figures[0].medians) == ["1 worker", "2 workers"]
    assert figures[-1].name == "cores busy with all three"
    console = Console(width=120, record=True)
    show(Results(workers=rounds), console)
    assert "2 workers / 1 worker" in console.export_text()


def test_ratios_are_taken_within_a_round() -> None:
    def turn(target: str, rate: float) -> CallRound:
        return CallRound(target, 1024, 1, 100, rate, 1.0, 2.0, 20.0)

    results = Results(
        calls=[
            turn("direct", 4000),
            turn("nginx", 1000),
            turn("gateway", 200),
            turn("direct", 1000),
            turn("nginx", 100),
            turn("gateway", 20),
        ]
    )
    figure = next(one for one in results.figures() if one.name == "calls per second")
    assert figure.medians == {"direct": 2500, "nginx": 550, "gateway": 110}
    assert figure.ratio is not None
    assert (figure.ratio.lowest, figure.ratio.highest) == (0.2, 0.2)
    console = Console(width=120, record=True)
    show(results, console)
    assert "20.0% (20.0% to 20.0%)" in console.export_text()


def test_processor_time_comes_first_and_added_latency_is_counted_within_a_round() -> None:
    def turn(target: str, connections: int, p50: float, micros: float) -> CallRound:
        return CallRound(target, 1024, connections, 100, 1000, p50, p50 * 2, micros)

    results = Results(
        calls=[
            turn("direct", 1, 1.0, 5.0),
            turn("nginx", 1, 1.5, 20.0),
            turn("gateway", 1, 2.0, 80.0),
            turn("nginx", 64, 9.0, 10.0),
            turn("gateway", 64, 9.0, 30.0),
            turn("direct", 1, 5.0, 5.0),
            turn("nginx", 1, 5.5, 20.0),
            turn("gateway", 1, 6.0, 80.0),
        ],
        starts=[StartRound(2.0, 1.0, 0.9), StartRound(4.0, 1.5, 0.9)],
    )
    at_many, at_one, added, added_99, first, each_next, *_ = results.figures()
    assert (at_many.name, at_many.medians) == ("64 connections", {"nginx": 10.0, "gateway": 30.0})
    assert at_many.ratio == Ratio(3.0, 3.0, 3.0)
    assert (at_one.name, at_one.medians["gateway"]) == ("1 connection", 80.0)
    assert (added.medians, added.ratio) == ({"nginx": 0.5, "gateway": 1.0}, None)
    assert added_99.medians == {"nginx": 1.0, "gateway": 2.0}
    assert (first.medians, each_next.medians) == ({"gateway": 3.0}, {"gateway": 1.25})


def test_both_clients_that_carry_calls_are_timed(both: list[Target]) -> None:
    found = uvloop.run(costs(both[0].port, rounds=1, calls=64))

    assert [one.at_once for one in found] == [1, 64]
    assert all(0 < micros < 100_000 for one in found for micros in (one.own, one.by_aiohttp))


def test_the_gateways_own_part_of_a_call_is_timed() -> None:
    cost = path.run(calls=50, rounds=3)
    assert 1 < cost.microseconds < 100_000
    assert cost.of_reference > 0


def test_a_run_is_set_against_one_that_was_saved(tmp_path: Path) -> None:
    def run(*gateway: float) -> Results:
        calls = [CallRound("nginx", 1024, 1, 100, 1000, 1.0, 2.0, 20.0) for _ in gateway]
        calls += [CallRound("gateway", 1024, 1, 100, rate, 1.0, 2.0, 60.0) for rate in gateway]
        return Results(calls=calls, starts=[StartRound(2.0, 1.0, 0.9)])

    file = tmp_path / "figures.json"
    document = run(200, 300).document()
    assert document["version"].startswith("0.")
    file.write_text(json.dumps(document | {"version": "0.0.9 abcdef0"}))
    saved = read_saved(file)
    rates = [
        next(one for one in moved(saved, run(*now).figures()) if one.name == "calls per second")
        for now in ((250, 400), (310, 400), (100, 190), (900,))
    ]
    assert [(one.old, one.new) for one in rates] == [(250, 325), (250, 355), (250, 145), (250, 900)]
    assert [one.beyond_noise for one in rates] == [False, True, True, False]
    console = Console(width=140, record=True)
    show_against(saved, run(310, 400).figures(), console)
    shown = console.export_text()
    assert "another machine" not in shown
    assert "0.0.9 abcdef0" in shown
    assert re.search(r"calls per second .* 250 .* 355 .* 1.42 \* .* 25.0% .* 35.5% ", shown)
    assert re.search(r"each next one .* 1.000 .* 1.000 .* 1.00 ", shown)

    for one in document["figures"]:  # as an earlier version wrote them
        one["gateway_over_nginx"] = one.pop("ratio")
    del document["version"]
    file.write_text(json.dumps(document))
    assert moved(read_saved(file), run(200, 300).figures())

    for text in ("", "[]", '{"figures": []}', "{"):
        file.write_text(text)
        with pytest.raises(BenchError, match="--json writes such a file"):
            read_saved(file)
    with pytest.raises(BenchError, match="cannot be read"):
        read_saved(tmp_path / "nothing.json")
