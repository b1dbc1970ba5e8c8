"""The gateway's own pages about a space: closed to strangers, who cannot tell it from none."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.support.browser import Page, browsing
from tests.support.identity import Person, Signer
from tests.support.rig import Rig, a_rig
from tests.support.strict_gateway import person, proven

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:2", "threats:61")]

ABSENT = f"sp-{'0' * 20}"


@pytest.fixture
async def homely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> AsyncGenerator[Rig]:
    settings = proven(signer, gateway_local_sign_in=True)
    async with a_rig(tmp_path, monkeypatch, **settings) as rig:
        yield rig


@pytest.fixture
def owner(homely: Rig, signer: Signer) -> Person:
    return person(homely, signer, "ada")


def shown(page: Page, space: str) -> tuple[int, str, list[tuple[str, str]]]:
    """But for the space's id, proofs and the request's id."""
    html = page.html.replace(space, "…")
    html = re.sub(r'(name="proof" value=")[^"]*', r"\1…", html)
    html = re.sub(r"nonce[-=]\"?[A-Za-z0-9_-]+", "nonce", html)
    varying = {"x-request-id", "content-security-policy", "set-cookie"}
    headers = sorted((n.lower(), v) for n, v in page.headers.items() if n.lower() not in varying)
    return page.status, html, headers


async def test_a_stranger_sees_the_same_page_for_a_closed_space_as_for_none(
    homely: Rig, owner: Person
) -> None:
    closed = await owner.create_space("Secret plans")
    origin = homely.gateway.url
    async with browsing(origin) as browser:
        await browser.sign_in("eve")
        pages = {one: await browser.open(f"{origin}/connect/{one}") for one in (closed, ABSENT)}

    assert pages[closed].status == 403
    assert "Secret" not in pages[closed].html
    assert shown(pages[closed], closed) == shown(pages[ABSENT], ABSENT)


async def test_a_stranger_begins_no_consent(homely: Rig, owner: Person) -> None:
    closed = await owner.create_space()
    origin = homely.gateway.url
    async with browsing(origin) as browser:
        await browser.sign_in("eve")
        own = await person(homely, owner.signer, "local:eve").create_space()
        page = await browser.open(f"{origin}/connect/{own}")
        proofs = [form.fields.get("proof", "") for form in page.forms] or [""]
        for proof in (*proofs, ""):
            for space in (closed, ABSENT):
                refused = await browser.post(f"{origin}/connect/{space}", {"proof": proof})
                assert refused.status in (403, 422)
                assert refused.location is None
    assert "/authorize" not in str(homely.notion.wire.requests)


async def test_metadata_says_the_same_of_every_space(homely: Rig, owner: Person) -> None:
    closed = await owner.create_space()
    path = "/.well-known/oauth-protected-resource/mcp/notion/"
    answers = [
        (one, await homely.caller.get(f"{path}{one}", user=None)) for one in (closed, ABSENT)
    ]

    (first, second) = [answer.body.replace(space.encode(), b"") for space, answer in answers]
    assert answers[0][1].status == answers[1][1].status == 200
    assert first == second
