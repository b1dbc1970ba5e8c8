"""Logins that were allowed before their issuer was revoked, and are fetched after it."""

from pathlib import Path
from typing import Any

import pytest
import structlog

from notion_gateway.access.opening import Access
from notion_gateway.storage.change_feed import Notice
from tests.authorization_server.device_steps import DEVICE, begun, poll, refused
from tests.authorization_server.test_members_of_issuers import Company, a_company, revoke
from tests.support.browser import Browser, Page, browsing
from tests.support.gateway import query_of
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio


async def device_page(company: Company, browser: Browser) -> tuple[str, Page]:
    """The code that a program polls with, and the page that asks Ada about it."""
    codes = await begun(company.logins)
    return codes["device_code"], await browser.open(codes["verification_uri_complete"])


async def exchanged(company: Company, code: str) -> tuple[str, str]:
    """OAuth's error, and why, as the log has it."""
    with structlog.testing.capture_logs() as lines:
        answer = await company.logins.exchange(code)
    (why,) = [line["why"] for line in lines if line["event"] == "login_refused"]
    return answer.json["error"], why


async def test_what_was_allowed_before_is_not_to_be_had_after_the_revocation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada belongs by other means. The gateway has not heard of the revocation yet: it is the
    database that says so, and memory only why.
    """
    unheard: list[tuple[Access, Notice]] = []
    hear = Access.changed
    async with a_company(tmp_path, monkeypatch) as company, browsing(company.logins.origin) as ada:
        named: dict[str, Any] = {
            "gateway_oidc_issuer": company.issuer.url,
            "gateway_oidc_client_id": "gateway",
        }
        await company.sign_in(ada, "ada", groups=[])

        async def allowed_device() -> str:
            device_code, page = await device_page(company, ada)
            done = await ada.submit(page, DEVICE, decision="allow", may="use")
            assert done.status == 200, done.html
            return device_code

        async def allowed_code() -> str:
            page = await ada.open(company.logins.authorize_url())
            done = await ada.submit(page, "/oauth/consent", decision="allow")
            return query_of(done.location or "")["code"]

        # The control: nobody has revoked anything.
        assert (await poll(company.logins, await allowed_device())).status == 200
        assert (await company.logins.exchange(await allowed_code())).status == 200

        device_code, code = await allowed_device(), await allowed_code()
        _, undecided_device = await device_page(company, ada)
        undecided = await ada.open(company.logins.authorize_url())

        def deaf(access: Access, notice: Notice) -> None:
            unheard.append((access, notice))

        monkeypatch.setattr(Access, "changed", deaf)
        assert await revoke(tmp_path, **named) == 3  # one is the code's, which nobody has used

        assert await refused(company.logins, device_code) == (
            "expired_token",
            "device_code_expired",
        )
        assert await exchanged(company, code) == ("invalid_grant", "client_grant_ended")
        for page, form in ((undecided_device, DEVICE), (undecided, "/oauth/consent")):
            done = await ada.submit(page, form, decision="allow")
            assert (done.status, "is not believed here any more" in done.html) == (401, True)

        monkeypatch.setattr(Access, "changed", hear)
        for access, notice in unheard:
            hear(access, notice)

        async def says_why() -> bool:
            return await refused(company.logins, device_code) == ("invalid_grant", "issuer_revoked")

        await until_told(says_why)
