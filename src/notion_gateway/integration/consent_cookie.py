"""The cookie that binds a consent to the browser that began it."""

import hashlib

from fastapi import Response

from notion_gateway.integration.connect import StartedConsent
from notion_gateway.settings import CALLBACK_PATH


def cookie_name(state: str) -> str:
    """One for each consent: two tabs that connect at once do not overwrite each other's."""
    return f"notion_consent_{hashlib.sha256(state.encode()).hexdigest()[:16]}"


def bind_browser(
    response: Response, started: StartedConsent, *, max_age_seconds: int, is_https: bool
) -> None:
    """Only the browser that gets this cookie can finish the consent."""
    if started.browser is not None:
        response.set_cookie(
            cookie_name(started.state),
            started.browser.reveal(),
            max_age=max_age_seconds,
            path=CALLBACK_PATH,
            secure=is_https,
            httponly=True,
            samesite="lax",
        )
