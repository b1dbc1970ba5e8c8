"""Two runs of the suite, held against each other check by check."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from tests.conformance.suite import Check, Results

# What differs between any two runs: ports, session ids (which the gateway binds to their
# caller), event ids, sealed states, and the JSON-RPC ids that the suite takes from the clock.
_CHANGING = (
    (re.compile(r"(127\.0\.0\.1|localhost):\d+(/mcp/notion/proxy|/mcp)?"), r"<server>"),
    (re.compile(r"\b[0-9a-f]{32,64}\b(\.[ufb-][\w-]{22})?"), "<id>"),
    (re.compile(r"\bv1\.[\w-]{40,}(?=\b|-TAMPERED)"), "<state>"),
)
_EVENT_IDS = frozenset({"eventId", "lastEventId", "lastEventIdUsed", "last-event-id"})
# The gateway's own, and one that ends at each hop (RFC 9110 section 7.6.1).
_OWN_HEADERS = frozenset({"x-request-id", "x-notion-grant", "connection"})
_FIRST_CLOCK_ID = 10**12


def difference(
    direct: Results, proxied: Results, *, details_differ: Collection[str] = ()
) -> Sequence[str]:
    """What is not the same in both, one line each; empty is what a proxy should come to.

    Of the checks named in ``details_differ`` only the outcome is compared.
    """
    lines = [f"{name}: run directly only" for name in sorted(direct.keys() - proxied.keys())]
    lines += [f"{name}: run through the proxy only" for name in proxied.keys() - direct.keys()]
    for scenario in sorted(direct.keys() & proxied.keys()):
        lines += [
            f"{scenario}: {line}"
            for line in _compare(direct[scenario], proxied[scenario], details_differ)
        ]
    return lines


def _compare(
    direct: Sequence[Check], proxied: Sequence[Check], details_differ: Collection[str]
) -> Sequence[str]:
    names, others = [one.id for one in direct], [one.id for one in proxied]
    if names != others:
        return [f"checks {names} directly, {others} through the proxy"]
    lines: list[str] = []
    for one, other in zip(direct, proxied, strict=True):
        if (one.name, one.status) != (other.name, other.status):
            lines.append(f"{one.id} {one.status} directly, {other.status} ({other.error})")
        elif one.id not in details_differ and stable(one.details) != stable(other.details):
            lines.append(f"{one.id}: {stable(one.details)} is not {stable(other.details)}")
    return lines


def stable(value: Any, name: str = "") -> Any:
    """``value`` without what differs between any two runs."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: stable(one, key) for key, one in items if key not in _OWN_HEADERS}
    if isinstance(value, list):
        return [stable(one) for one in cast("list[Any]", value)]
    if isinstance(value, int) and value > _FIRST_CLOCK_ID:
        return "<clock>"
    if not isinstance(value, str):
        return value
    if name in _EVENT_IDS or (name == "id" and value.isdigit()):
        return "<event>"
    for pattern, instead in _CHANGING:
        value = pattern.sub(instead, value)
    return value


def failures(results: Results) -> Mapping[str, str]:
    """Why each failed check failed, by scenario and check."""
    return {
        f"{scenario}:{check.id}": check.error or check.status
        for scenario, checks in results.items()
        for check in checks
        if check.has_failed
    }


def passed(results: Results) -> int:
    return sum(check.status == "SUCCESS" for checks in results.values() for check in checks)


def checked(results: Results) -> int:
    return sum(len(checks) for checks in results.values())
