"""Logging in to a gateway from a shell that needs no browser: RFC 8628 as a program sees it."""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, cast, final
from urllib.parse import urlsplit

import httpx2

from notion_gateway.cli.client import no_answer
from notion_gateway.cli.kept_logins import KeptLogin
from notion_gateway.cli.output import Exit, Fault
from notion_gateway.cli.target import Target

CLIENT_ID: Final = "notion-gateway"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_METADATA: Final = "/.well-known/oauth-authorization-server"
_TIMEOUT_SECONDS: Final = 30.0
_SLOWER_BY_SECONDS: Final = 5.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
_DEFAULT_PAUSE_SECONDS: Final = 5.0
_PASSING: Final = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Codes:
    """``user_code`` is for the person; ``link`` has it with it."""

    device_code: str = field(repr=False)
    user_code: str
    page: str
    link: str
    expires_in_seconds: float
    pause_seconds: float


class LoginEnded(Fault):
    """The gateway no longer takes what was kept."""

    def __init__(self, target: Target) -> None:
        super().__init__(
            f"The login at {target.url} for {target.space_id} has ended. Log in again:"
            f" notion-gateway login --gateway {target.url} --space {target.space_id}",
            Exit.NEEDS_PERSON,
        )


def pause_after(status: int, said: Mapping[str, Any], pause_seconds: float) -> float:
    """How long to wait until the next request, after an answer that was no token. Raises Fault
    where no other one can help (RFC 8628 section 3.5).
    """
    error = said.get("error")
    if error == "authorization_pending":
        return pause_seconds
    if error == "slow_down":
        return pause_seconds + _SLOWER_BY_SECONDS
    if status in _PASSING:
        return min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)
    if error == "access_denied":
        raise Fault("The login was denied in the browser.", Exit.NEEDS_PERSON)
    if error == "expired_token":
        raise _too_late()
    raise Fault(f"The gateway refused the login: {said.get('error_description', error)}")


@final
class LoginEndpoints:
    """The gateway's OAuth endpoints. Every method raises Fault."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def begin(self) -> Codes:
        """The resource is the space under the gateway's own name for itself, which may be another
        than that it was called by.
        """
        metadata = self._send("GET", _METADATA)[1]
        issuer = metadata.get("issuer")
        if not isinstance(issuer, str) or "device_authorization_endpoint" not in metadata:
            raise Fault(
                f"What answers at {self._target.url} is no Notion MCP Gateway that lets command"
                " lines log in."
            )
        form = {
            "client_id": CLIENT_ID,
            "resource": f"{issuer}/spaces/{self._target.space_id}",
            "machine": socket.gethostname(),
        }
        status, said = self._send("POST", "/oauth/device_authorization", form)
        if status != HTTPStatus.OK:
            raise _refused(said)
        page = str(said.get("verification_uri"))
        if urlsplit(page).scheme not in ("http", "https"):
            raise _refused({})
        return Codes(
            device_code=str(said.get("device_code")),
            user_code=str(said.get("user_code")),
            page=page,
            link=str(said.get("verification_uri_complete", page)),
            expires_in_seconds=float(said.get("expires_in", 0)),
            pause_seconds=float(said.get("interval", _DEFAULT_PAUSE_SECONDS)),
        )

    def wait(
        self,
        codes: Codes,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> KeptLogin:
        """Until somebody has decided. A gateway that is away for a while is asked less often."""
        pause, ends = codes.pause_seconds, monotonic() + codes.expires_in_seconds
        form = {"grant_type": _GRANT, "client_id": CLIENT_ID, "device_code": codes.device_code}
        while monotonic() + pause < ends:
            sleep(pause)
            try:
                status, said = self._send("POST", "/oauth/token", form)
            except _NotReached:
                status, said = 503, {}
            if status == HTTPStatus.OK:
                return self._login(said)
            pause = pause_after(status, said, pause)
        raise _too_late()

    def renew(self, login: KeptLogin) -> KeptLogin:
        """Raises LoginEnded where the gateway takes it no longer."""
        form = {
            "grant_type": "refresh_token",
            "client_id": CLIENT_ID,
            "refresh_token": login.refresh_token,
        }
        status, said = self._send("POST", "/oauth/token", form)
        if status == HTTPStatus.OK:
            return self._login(said)
        if said.get("error") in ("invalid_grant", "invalid_client"):
            raise LoginEnded(self._target)
        raise _refused(said)

    def revoke(self, login: KeptLogin) -> None:
        form = {"token": login.refresh_token, "client_id": CLIENT_ID}
        status, said = self._send("POST", "/oauth/revoke", form)
        if status != HTTPStatus.OK:
            raise _refused(said)

    def _login(self, said: Mapping[str, Any]) -> KeptLogin:
        access, refresh = said.get("access_token"), said.get("refresh_token")
        if not isinstance(access, str) or not isinstance(refresh, str):
            raise _refused({})
        expires_at = time.time() + float(said.get("expires_in", 0))
        return KeptLogin(self._target.url, self._target.space_id, access, refresh, expires_at)

    def _send(
        self, method: str, path: str, form: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        try:
            with httpx2.Client(
                base_url=self._target.url,
                timeout=_TIMEOUT_SECONDS,
                trust_env=not self._target.is_local,
            ) as http:
                answer = http.request(method, path, data=form)
        except httpx2.HTTPError as fault:
            raise _NotReached(str(no_answer(self._target, fault))) from None
        try:
            said: object = answer.json()
        except ValueError:
            said = None
        return answer.status_code, (cast("dict[str, Any]", said) if isinstance(said, dict) else {})


class _NotReached(Fault):
    pass


def _refused(said: Mapping[str, Any]) -> Fault:
    told = said.get("error_description") or said.get("detail") or "it is not understood"
    return Fault(f"The gateway refused the login: {told}")


def _too_late() -> Fault:
    return Fault("Nobody allowed the login in time. Try again.", Exit.NEEDS_PERSON)
