"""The bookkeeping of promises: what fails a run, and that the list is complete."""

from collections.abc import Mapping

import pytest

from tests.promises import NOT_KEPT_YET, PROMISES
from tests.support.claims import faults_of
from tests.support.fault_table import PAGE, claims, figures_on_page, page, table

LISTED = {"threats:1": "one", "threats:2": "two"}
REASON = {"threats:2": "it needs two machines"}
CLAIM = {"threats:1": "test_one"}


def faults(
    claims: Mapping[str, str] = CLAIM,
    reasons: Mapping[str, str] = REASON,
    *,
    whole_suite: bool = True,
) -> list[str]:
    return list(faults_of(LISTED, reasons, claims, whole_suite=whole_suite))


def test_every_threat_is_listed_once_and_in_order() -> None:
    threats = [name for name in PROMISES if name.startswith("threats:")]
    assert threats == [f"threats:{number}" for number in range(1, 76)]
    others = PROMISES.keys() - set(threats)
    assert all(name.startswith("seed:") for name in others)
    assert all(promise.strip() for promise in PROMISES.values())


def test_what_was_first_asked_for_is_kept() -> None:
    assert [name for name in NOT_KEPT_YET if name.startswith("seed:")] == []


def test_a_claim_or_a_reason_for_each_promise_will_do() -> None:
    assert faults() == []


def test_a_promise_that_nobody_claims_fails_unless_a_reason_says_why() -> None:
    assert faults(reasons={}) == ["no test claims threats:2, and no reason says why"]


def test_a_part_of_the_suite_need_not_claim_every_promise() -> None:
    assert faults({}, {}, whole_suite=False) == []


@pytest.mark.parametrize("whole_suite", [True, False])
def test_a_reason_for_a_promise_that_is_claimed_fails(*, whole_suite: bool) -> None:
    found = faults({**CLAIM, "threats:2": "test_two"}, whole_suite=whole_suite)
    assert found == ["test_two claims threats:2: take the reason out why no test does"]


@pytest.mark.parametrize("whole_suite", [True, False])
def test_a_claim_of_an_unknown_promise_fails(*, whole_suite: bool) -> None:
    found = faults({**CLAIM, "threats:3": "test_three"}, whole_suite=whole_suite)
    assert found == ["test_three names an unknown promise: threats:3"]


def test_a_reason_for_an_unknown_promise_fails() -> None:
    found = faults(reasons={**REASON, "threats:3": "it is late"})
    assert found == ["a reason is given for an unknown promise: threats:3"]


def test_an_empty_reason_fails() -> None:
    assert faults(reasons={"threats:2": " "}) == ["the reason why no test keeps threats:2 is empty"]


def test_the_page_about_faults_names_the_tests_that_there_are() -> None:
    """`./just faults --table` writes it anew."""
    assert PAGE.read_text() == page(figures_on_page())


def test_every_fault_on_the_page_has_a_figure() -> None:
    """`./just faults` measures them."""
    threats = {name for name in PROMISES if name.startswith("threats:")}
    assert threats - figures_on_page().keys() == NOT_KEPT_YET.keys() & threats


def test_a_fault_with_neither_a_test_nor_a_reason_has_no_row() -> None:
    without = {promise: tests for promise, tests in claims().items() if promise != "threats:1"}
    with pytest.raises(ValueError, match="threats:1 has neither"):
        table(without, {})


def test_the_table_has_every_test_that_pytest_finds_claiming(
    request: pytest.FixtureRequest,
) -> None:
    found = {
        (str(promise), item.nodeid.partition("::")[0])
        for item in request.session.items
        for mark in item.iter_markers("promise")
        for promise in mark.args
    }
    tabled = {
        (promise, test.partition("::")[0]) for promise, tests in claims().items() for test in tests
    }
    assert found <= tabled
