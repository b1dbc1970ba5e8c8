"""Calls per second, by wrk: a load generator that costs less than what it measures."""

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.processes import BenchError, Usage
from bench.targets import Target
from bench.upstream import ANSWER_BYTES, LARGE_ANSWER_BYTES, LARGE_METHOD, TOOL

CALL_PARAMS: dict[str, Any] = {
    "name": TOOL,
    "arguments": {
        "query": "quarterly planning notes and the decisions that came out of them",
        "query_type": "internal",
        "page_size": 10,
    },
    "_meta": {"progressToken": "bench-progress-token-0001"},
}
CALL = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": CALL_PARAMS})
LARGE_CALL = json.dumps({"jsonrpc": "2.0", "id": 1, "method": LARGE_METHOD})
"""Its answer is a hundred times as long."""

_SCRIPT = """
wrk.method = "POST"
wrk.body = [==[%s]==]

%s
"""
_DONE = """
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function done(summary, latency, requests)
  local errors, wrong = summary.errors, 0
  for _, thread in ipairs(threads) do
    wrong = wrong + (thread:get("wrong") or 0)
    print(thread:get("first_wrong") or "")
  end
  print(string.format(
    'bench {"calls":%d,"micros":%d,"p50":%d,"p99":%d,"failed":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout + math.max(errors.status, wrong)))
end
"""

_GOES_ROUND = """
local spaces, last = { %s }, 0

function request()
  last = last %% #spaces + 1
  wrk.headers["X-Space-ID"] = spaces[last]
  return wrk.format()
end
"""


@dataclass(frozen=True, slots=True)
class CallRound:
    """One target's turn of one round. ``cpu_microseconds``: of the target's processor time, for
    each call.
    """

    target: str
    answer_bytes: int
    connections: int
    calls: int
    calls_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_microseconds: float


Load = Callable[[Target], CallRound]
"""What makes calls, and counts them."""


def measure_calls(
    target: Target,
    connections: int,
    seconds: int,
    folder: Path,
    *,
    spaces: Sequence[str] = (),
    large: bool = False,
) -> CallRound:
    """``spaces``: the calls go round among these. ``large``: their answers are.

    Raises BenchError when a single call fails: a fast error is no figure.
    """
    names = ", ".join(f'"{space}"' for space in spaces)
    script = _SCRIPT % (LARGE_CALL if large else CALL, _GOES_ROUND % names if spaces else "")
    found = run_wrk(target, connections, seconds, folder, script)
    return replace(found, answer_bytes=LARGE_ANSWER_BYTES) if large else found


def run_wrk(
    target: Target,
    connections: int,
    seconds: int,
    folder: Path,
    script: str,
    timeout_seconds: int = 2,
) -> CallRound:
    """``script``: wrk's, with ``request`` or what stands for it. Where it counts answers as
    ``wrong``, the first of them is kept in ``first_wrong``. Raises BenchError when a call fails.
    """
    file = folder / "call.lua"
    file.write_text(script + _DONE)
    command = [
        shutil.which("wrk") or "wrk",
        *("-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", str(file)),
        *("--timeout", f"{timeout_seconds}s"),
        *(f"-H{name}: {value}" for name, value in target.headers.items()),
        target.url,
    ]
    before = Usage.of(target.pid)
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + 15, check=False
    )
    after = Usage.of(target.pid)
    said, _, counted = done.stdout.rpartition("bench ")
    if not said:
        raise BenchError(f"wrk failed on {target.name}: {done.stdout}{done.stderr}")
    summary: dict[str, int] = json.loads(counted)
    calls = summary["calls"]
    if not calls:
        raise BenchError(
            f"{target.name} answered no call in {seconds} s over {connections} connections."
        )
    if summary["failed"]:
        raise BenchError(
            f"{summary['failed']} of {calls} calls to {target.name} failed. {said[-700:].strip()}"
        )
    return CallRound(
        target=target.name,
        answer_bytes=ANSWER_BYTES,
        connections=connections,
        calls=calls,
        calls_per_second=calls / (summary["micros"] / 1e6),
        p50_ms=summary["p50"] / 1000,
        p99_ms=summary["p99"] / 1000,
        cpu_microseconds=(after.cpu_seconds - before.cpu_seconds) / calls * 1e6,
    )
