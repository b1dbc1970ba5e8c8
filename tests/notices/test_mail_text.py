"""What e-mail says: words for each kind of message, and no name that could lead astray."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.budget.rules.exhausted import Exhausted, Grant
from notion_gateway.budget.rules.space_budget import Bounds, SpaceBudget
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.kernel.mail_address import is_mail_address
from notion_gateway.notices.rules.mails import Mail, Reader, invitation_mail, mail_of
from notion_gateway.notices.rules.messages import TEST, Kind, of_budget

READER = Reader("https://site.example/integrations", "Because.")
EVERYTHING: dict[str, Any] = {
    "space_id": "s-1",
    "process_id": "p-1",
    "workspace": {"id": "w", "name": "Ours"},
    "connected_by": "ada@example.com",
    "disconnected_by": "bob",
    "removed_by": "ada@example.com",
    "asked_by": "ada@example.com",
    "user_id": "bob",
    "error": "invalid_grant",
    "limit": "absolute",
    "within_days": 7,
    "ends_at": "2026-12-06T10:00:00+00:00",
}


def mail(kind: str, space_name: str | None = "Birch", **changed: Any) -> Mail:
    payload = {
        "type": kind,
        "timestamp": "2026-11-29T10:00:00+00:00",
        "data": {**EVERYTHING, **changed},
    }
    return mail_of(payload, space_name, READER)


@pytest.mark.parametrize("kind", [*Kind, TEST])
def test_each_kind_says_what_happened_and_what_to_do_next(kind: str) -> None:
    told = mail(kind)
    assert "Birch" in told.subject
    assert "News" not in told.subject, "it has words of its own"
    assert "What to do next: " in told.text
    assert READER.page in told.text
    assert "2026-11-29 10:00 UTC" in told.text


def test_a_warning_reads_like_this() -> None:
    told = mail(Kind.GRANT_EXPIRING)
    assert told.subject == "Connect Notion again within 7 days: “Birch”"
    assert told.text == (
        "The connection of the space “Birch” with the Notion workspace “Ours” ends on 2026-12-06"
        " 10:00 UTC. Notion keeps no connection for more than 180 days after the consent. Until"
        " then it works as before.\n\n"
        "What to do next: An owner of the space connects it with Notion again, on this page:\n\n"
        "https://site.example/integrations\n\n"
        "Space: s-1\nTime: 2026-11-29 10:00 UTC\n\n--\nBecause.\n"
        "This e-mail never asks for a password or a token.\n"
    )
    assert "within a day" in mail(Kind.GRANT_EXPIRING, within_days=1).subject


OF_GRANTS = [
    Kind.GRANT_EXPIRING,
    Kind.GRANT_RECONNECT_REQUIRED,
    Kind.GRANT_CONNECTED,
    Kind.GRANT_DISCONNECTED,
    Kind.BUDGET_EXHAUSTED,
]


@pytest.mark.parametrize("kind", OF_GRANTS)
def test_of_a_members_own_connection_it_says_whose_it_is_and_alarms_nobody_else(kind: str) -> None:
    of_space, told = mail(kind), mail(kind, member="mona@example.com")
    assert told.subject != of_space.subject
    assert " member" in told.subject
    happened, rest = told.text.split("\n\nWhat to do next: ", 1)
    assert "mona@example.com" in happened
    assert "Calls of everybody else in the space go with another connection." in happened
    for of_all in ("connection of the space", "Nobody can use Notion", "An owner of the space"):
        assert of_all not in told.text
    if kind in (Kind.GRANT_EXPIRING, Kind.GRANT_RECONNECT_REQUIRED):
        assert rest.startswith("mona@example.com connects Notion again, as nobody else can,")
    assert "evil.example" not in mail(kind, member="evil.example").text


def test_who_is_removed_or_what_is_tested_is_of_no_own_connection() -> None:
    for kind in [one for one in (*Kind, TEST) if one not in OF_GRANTS]:
        assert mail(kind, member="mona") == mail(kind)


@pytest.mark.parametrize("member", [None, "mona"])
def test_a_budget_that_is_used_up_says_whose_it_is(member: str | None) -> None:
    grant_id = "s-1" if member is None else member_grant("s-1", member)
    budget = SpaceBudget(Bounds(wait_seconds=1.0, waiting=1), 0.0)
    seen = budget.seen(0.0, is_paced=True)
    now = datetime(2026, 11, 29, tzinfo=UTC)
    told = of_budget(Exhausted(Grant("s-1", "p-1", grant_id), now, now, seen))
    assert told.data.get("member") == member
    assert ("member" in told.data) is (member is not None)


def test_a_kind_of_a_newer_version_is_named_and_a_message_without_data_is_no_fault() -> None:
    assert "tools moved" in mail("tools.moved").text
    assert mail_of({}, None, READER).subject.startswith("News")


NAMES = [
    "https://evil.example/login",
    "evil.example",
    "evil\N{FULLWIDTH FULL STOP}example",
    "evil\N{IDEOGRAPHIC FULL STOP}example",
    "Birch\r\nBcc: eve@evil.example",
    "Birch\n\nYour password has expired, go to www.evil.example",
    "\N{RIGHT-TO-LEFT OVERRIDE}elpmaxe.live",
    "<a href='//evil.example'>Birch</a>",
    "Call +1 (800) 555-0100 now",
    "mailto:eve@evil.example",
    "x" * 10_000,
    "\N{COMBINING ACUTE ACCENT}" * 100,
    "",
    " ",
]
LINK = re.compile(r"[a-z0-9]\.[a-z]|://|www\.|@", re.IGNORECASE)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_can_hold_no_link_no_line_and_no_telephone_number(name: str) -> None:
    plain = mail(Kind.GRANT_CONNECTED)
    told = mail(Kind.GRANT_CONNECTED, name, workspace={"id": "w", "name": name})
    assert len(told.text.splitlines()) == len(plain.text.splitlines())
    assert len(told.subject) < 100
    of_names = " ".join(re.findall("“(.*?)”", told.text))
    assert not LINK.search(of_names)
    assert sum(one.isdigit() for one in of_names) <= 2 * 6


@given(st.text(max_size=300))
def test_of_no_text_whatever_more_than_one_line_without_signs_is_left(text: str) -> None:
    changed = dict.fromkeys(("connected_by", "space_id"), text)
    told = mail(Kind.GRANT_CONNECTED, text, workspace={"id": "w", "name": text}, **changed)
    happened, rest = told.text.split("\n\nWhat to do next: ", 1)
    assert happened.isprintable()
    assert told.subject.isprintable()
    assert rest.startswith("Nothing, if you know of it.")
    if not is_mail_address(text):
        assert not set("<>:/@") & set(happened)
        assert happened.count(".") == 1


def test_a_person_who_is_known_by_an_address_is_named_by_it_and_nothing_else_with_a_dot() -> None:
    assert mail(Kind.GRANT_CONNECTED).text.startswith("ada@example.com connected")
    cleaned = mail(Kind.GRANT_CONNECTED, connected_by="evil.example")
    assert cleaned.text.startswith("evil example connected")
    kept = mail(Kind.GRANT_CONNECTED, connected_by="auth0|108123456789012345678")
    assert kept.text.startswith("auth0|108123456789012345678 connected")


def test_a_space_whose_id_reads_like_a_link_is_named_without_its_full_stops() -> None:
    told = mail(Kind.GRANT_CONNECTED, None, space_id="evil.example")
    assert "evil.example" not in told.subject + told.text
    assert "evil example" in told.subject


def test_nothing_of_notions_error_is_repeated() -> None:
    assert "invalid_grant" not in mail(Kind.GRANT_RECONNECT_REQUIRED).text


def invitation(space_name: str | None = "Birch", invited_by: str = "ada@example.com") -> Mail:
    link, ends_at = "https://site.example/join/s-1#secret", "2026-12-06T10:00:00+00:00"
    return invitation_mail("s-1", space_name, invited_by, link, ends_at)


def test_an_invitation_names_the_space_who_invites_and_until_when() -> None:
    told = invitation()
    assert told.subject == "You are invited to a space: “Birch”"
    assert told.text.startswith("ada@example.com invites you to the space “Birch”.")
    assert "\n\nhttps://site.example/join/s-1#secret\n\n" in told.text
    assert "until 2026-12-06 10:00 UTC" in told.text


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_an_invitation_leads_elsewhere(name: str) -> None:
    told = invitation(name, name)
    assert len(told.text.splitlines()) == len(invitation().text.splitlines())
    assert told.text.count("://") == 1
    before, _, after = told.text.partition("https://site.example/join/s-1#secret")
    assert not LINK.search(before + after)
