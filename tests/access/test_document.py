"""The OpenAPI document says what happens: no answer that it does not name, and no 5xx."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from notion_gateway.http.refusals import PROBLEM
from tests.access.routes import DOCUMENT, operations
from tests.support.identity import Person
from tests.support.rig import Rig

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.thorough,
    # The gateway draws its pauses meanwhile, in another thread, and Hypothesis takes it for a
    # strategy that does.
    pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning"),
]

EXAMPLES = 30
"""Of each kind for each of two dozen operations: the whole takes well under a minute."""

ENDS_CONNECTION = {
    ("DELETE", "/integrations/notion/{space_id}"),
    ("PUT", "/spaces/{space_id}/grants"),
    ("POST", "/spaces/{space_id}/deletion"),  # by its name, which it may have been given here
}
"""What others are to be tried with is connected: where it is not, a stream stays open and waits."""

_all: Any = checks  # it leaves types open
CHECKS = [
    _all.status_code_conformance,
    _all.content_type_conformance,
    _all.response_headers_conformance,
    _all.response_schema_conformance,
]


@dataclass
class Round:
    """Sends what schemathesis makes up, as Ada, half of the time about her own space."""

    url: str
    ada: Person
    space: str
    unconnected: str
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    faults: list[str] = field(default_factory=list[str])

    def run(self, document: Mapping[str, Any]) -> None:
        """Blocking; the gateway serves in another thread's loop."""
        schema: Any = schemathesis.openapi.from_dict(dict(document))
        with requests.Session() as session:
            session.trust_env = False
            for result in schema.get_all_operations():
                operation: Any = result.ok()
                for mode in GenerationMode:
                    self._try(operation.as_strategy(generation_mode=mode), session)

    def _try(self, cases: Any, session: requests.Session) -> None:
        chance = random.Random(0)  # noqa: S311

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        )
        @given(case=cases, known=st.booleans())
        def trial(case: Any, known: bool) -> None:
            self._send(case, session, known=known and chance.random() < 0.9)

        with contextlib.suppress(Unsatisfiable):  # where nothing can be sent that is wrong
            trial()

    def _send(self, case: Any, session: requests.Session, *, known: bool) -> None:
        if known:
            ends = (case.method, case.path) in ENDS_CONNECTION
            space = self.unconnected if ends else self.space
            for place in (case.path_parameters, case.query, case.headers):
                for name in ("space_id", "X-Space-ID"):
                    if name in (place or {}):
                        place[name] = space
        headers = {"Authorization": f"Bearer {self.ada.principal()}"}
        answer = case.call(base_url=self.url, session=session, headers=headers, timeout=20)
        named = f"{case.method} {case.path}"
        self.statuses[named, answer.status_code] += 1
        if answer.status_code >= 500:
            self.faults.append(f"{named}: {answer.status_code} {answer.content[:300]!r}")
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as found:
            self.faults += [f"{named}: {answer.status_code} {one}" for one in found.exceptions]


async def the_round(strict: Rig, ada: Person, document: Mapping[str, Any]) -> Round:
    space = await ada.create_space()
    await ada.connect(space)
    one = Round(strict.gateway.url, ada, space, await ada.create_space())
    await asyncio.to_thread(one.run, document)
    return one


async def test_made_up_requests_get_documented_answers_and_never_a_5xx(
    strict: Rig, ada: Person
) -> None:
    done = await the_round(strict, ada, DOCUMENT)

    assert sorted(set(done.faults)) == []
    asked = {name for name, _ in done.statuses}
    assert asked == {str(one) for one in operations()}
    succeeded = {name for name, status in done.statuses if status < 400}
    assert len(succeeded) > len(asked) / 2  # it got past the door


async def test_an_answer_that_the_document_does_not_name_is_noticed(
    strict: Rig, ada: Person
) -> None:
    """The control."""
    poorer = {**DOCUMENT, "paths": {"/spaces/{space_id}": DOCUMENT["paths"]["/spaces/{space_id}"]}}
    get = poorer["paths"]["/spaces/{space_id}"]["get"]
    without = {code: one for code, one in get["responses"].items() if code != "403"}
    poorer["paths"] = {"/spaces/{space_id}": {"get": {**get, "responses": without}}}

    done = await the_round(strict, ada, poorer)

    assert any("403 Undocumented status code" in fault for fault in done.faults)


PROBES = {("/readyz", "503"), ("/livez", "503")}
"""Answered to platforms: what does not work, not why a request was refused."""


def test_every_refusal_is_a_problem_of_a_known_reason() -> None:
    refused = [
        (path, status, media)
        for path, methods in DOCUMENT["paths"].items()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if status.isdecimal() and int(status) >= 400
        for media in answer.get("content", {})
    ]

    assert refused
    for path, status, media in refused:
        plain = path.startswith("/mcp/") or (path, status) in PROBES
        expected = "application/json" if plain else "application/problem+json"
        assert media == expected, (path, status)
    assert DOCUMENT["components"]["schemas"]["Problem"] == PROBLEM
