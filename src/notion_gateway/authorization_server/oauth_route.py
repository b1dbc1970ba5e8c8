"""Every fault of an OAuth route in OAuth's own form (RFC 6749 section 5.2, RFC 7591 3.2.2)."""

from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from notion_gateway.authorization_server.rules.grants import LoginRefused
from notion_gateway.authorization_server.rules.refusals import Refused, RefusedForNow, status_of
from notion_gateway.http.body import ClientLeft
from notion_gateway.http.problems import STATUS, log_fault
from notion_gateway.kernel.errors import GatewayError, InvalidRequest, NoSuchRoute
from notion_gateway.kernel.json import json_object

log = structlog.stdlib.get_logger()

_PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_DEFAULT_RETRY_SECONDS = 1
FOR_NOW_ERROR: Final = "temporarily_unavailable"
"""It stands in RFC 6749 for another endpoint; it is the registered error that says so, and clients
know it.
"""
NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
_BASIC = {"www-authenticate": 'Basic realm="Notion MCP Gateway", charset="UTF-8"'}


def oauth_error(error: str, description: str, status: int = 400) -> Response:
    """With 401 comes what to authenticate with, which RFC 6749 asks for where the client used
    that header, and RFC 9110 section 15.5.2 always.
    """
    headers = NO_STORE if status != HTTPStatus.UNAUTHORIZED else {**NO_STORE, **_BASIC}
    return JSONResponse({"error": error, "error_description": description}, status, headers)


def to_the_letter(answer: Response) -> Response:
    """What the package's handlers call by another name than RFC 6749 section 5.2 does."""
    said = json_object(bytes(answer.body)) or {}
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        return oauth_error("invalid_client", str(said.get("error_description")), 401)
    if "error" in said:
        answer.headers.update(NO_STORE)
    return answer


class OAuthRoute(APIRoute):
    """Answers for programs: a client never has to understand another error than OAuth's."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await inner(request)
            except LoginRefused as fault:
                log_refusal(fault)
                return oauth_error(fault.error, fault.description, status_of(fault))
            except NoSuchRoute:
                raise
            except RefusedForNow as fault:
                log_refusal(fault)
                return _told(fault)
            except GatewayError as fault:
                log_fault(fault)
                return _told(fault)
            except HTTPException as fault:
                log.warning("framework_refusal", status=fault.status_code, detail=str(fault.detail))
                return oauth_error("invalid_request", str(fault.detail), fault.status_code)
            except ClientLeft:
                return Response(status_code=400)  # nobody reads it
            except Exception:
                log.exception("oauth_request_crashed")
                return oauth_error("server_error", str(GatewayError()), 500)

        return answered


def log_refusal(fault: LoginRefused | RefusedForNow) -> None:
    error = fault.error if isinstance(fault, LoginRefused) else FOR_NOW_ERROR
    if error == "authorization_pending":
        return  # it is said every five seconds, and nothing is wrong
    why, known = None, dict[str, str]()
    if isinstance(fault, (Refused, RefusedForNow)):
        about = {"space_id": fault.about.space_id, "user_id": fault.about.user_id}
        why, known = fault.why, {name: value for name, value in about.items() if value}
    log.info("login_refused", error=error, why=why, detail=str(fault), **known)


def _told(fault: GatewayError) -> Response:
    status = STATUS[fault.reason]
    if status in _PASSING:
        answer = oauth_error(FOR_NOW_ERROR, str(fault), status)
        wait = fault.retry_after_seconds or _DEFAULT_RETRY_SECONDS
        answer.headers["retry-after"] = str(wait)
        return answer
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return oauth_error("server_error", str(fault), status)
    malformed = isinstance(fault, InvalidRequest)
    return oauth_error("invalid_request", str(fault), 400 if malformed else status)
