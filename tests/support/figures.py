"""What tests have counted or measured, in words, for the table of docs/reliability.md."""

import json
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol


class Figure(Protocol):
    """A test tells what it has seen: ``figure("{:,} claims, {} let in", len(claims), let_in)``.

    What several tests, or several cases of one, tell of a promise in the same words is one figure:
    whole numbers are added up, and of others the greatest counts. ``promise``: of this one alone,
    where a test claims several.
    """

    def __call__(self, words: str, *numbers: float, promise: str | None = None) -> None: ...


def recorded(words: str, numbers: Iterable[float]) -> str:
    """As the value of a property in a report of pytest's."""
    return json.dumps([words, *numbers])


def figures_of(reports: Iterable[Path]) -> dict[str, str]:
    """What the tests of a run have told, by promise; of a test that failed, nothing."""
    told: defaultdict[str, dict[str, list[float]]] = defaultdict(dict)
    for promise, value in _properties(reports):
        words, *numbers = json.loads(value)
        before = told[promise].setdefault(words, [])
        if before:
            numbers = [_together(*pair) for pair in zip(before, numbers, strict=True)]
        told[promise][words] = numbers
    return {
        promise: "; ".join(words.format(*numbers) for words, numbers in figures.items())
        for promise, figures in told.items()
    }


def _together(one: float, other: float) -> float:
    return one + other if isinstance(one, int) else max(one, other)


def _properties(reports: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """By the names of the tests, which run in any order."""
    cases = [case for report in reports for case in ET.parse(report).iter("testcase")]  # noqa: S314 - pytest's own
    for case in sorted(cases, key=lambda one: (one.attrib["classname"], one.attrib["name"])):
        if case.find("failure") is None and case.find("error") is None:
            for one in case.iter("property"):
                yield one.attrib["name"], one.attrib["value"]
