"""Whether promises, tests and reasons for missing tests agree."""

from collections.abc import Iterator, Mapping


def faults_of(
    promises: Mapping[str, str],
    not_kept_yet: Mapping[str, str],
    claims: Mapping[str, str],
    *,
    whole_suite: bool,
) -> Iterator[str]:
    """What disagrees, a sentence each. ``claims`` names, for each claimed id, one test.

    A part of the suite need not claim every promise; everything else holds for it too.
    """
    for promise, test in claims.items():
        if promise not in promises:
            yield f"{test} names an unknown promise: {promise}"
        elif promise in not_kept_yet:
            yield f"{test} claims {promise}: take the reason out why no test does"
    for promise, reason in not_kept_yet.items():
        if promise not in promises:
            yield f"a reason is given for an unknown promise: {promise}"
        elif not reason.strip():
            yield f"the reason why no test keeps {promise} is empty"
    if whole_suite:
        for promise in promises:
            if promise not in claims and promise not in not_kept_yet:
                yield f"no test claims {promise}, and no reason says why"
