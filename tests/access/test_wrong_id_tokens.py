"""Every way in which an ID token that an application passes on says nothing of anybody."""

import pytest
import structlog

from tests.access.front_end import FrontEnd
from tests.access.id_token_mutations import MUTATIONS

pytestmark = pytest.mark.anyio


async def test_every_mutation_of_an_id_token_is_refused_for_its_own_reason_and_changes_nothing(
    front_end: FrontEnd,
) -> None:
    """Each would make a member of the space an owner. The application hears one of three reasons;
    which claim it was is in the log, beside whose sign-in.
    """

    def stored() -> list[list[tuple[object, ...]]]:
        queries = ("select * from space_members order by user_id", "select * from issuer_people")
        return [front_end.rig.sql(one) for one in queries]

    def fresh() -> dict[str, object]:
        return front_end.claims("mona", groups=["notion-owners"])

    assert (await front_end.sign_in("mona", groups=["notion"])).status == 204
    issuer, before = front_end.issuer, stored()
    tried, wrong, outside = 0, list[str](), set[tuple[int, str | None]]()
    names, now = {"ISSUER": issuer.url}, front_end.rig.clock.timestamp
    for tried, (token, expected) in enumerate(MUTATIONS.tokens(issuer, fresh, names, now), 1):
        with structlog.testing.capture_logs() as lines:
            answer = await front_end.tell("mona", token)
        told = [one for one in lines if one["event"] == "sign_in_refused"]
        details = [one["detail"] for one in told if one["user_id"] == "mona"]
        if len(details) != 1 or not details[0].startswith(expected):
            wrong.append(f"{tried}: {details or answer.status}, not {expected}")
        outside.add((answer.status, answer.reason))

    assert wrong == []
    assert stored() == before
    assert tried > MUTATIONS.distinct() >= 100
    assert outside == {
        (401, "unauthenticated"),
        (403, "principal_mismatch"),
        (422, "invalid_request"),
    }
    control = issuer.signed(fresh(), typ="JWT")
    assert (await front_end.tell("mona", control)).status == 204
    assert front_end.members() == {"ada": "owner", "mona": "owner"}
