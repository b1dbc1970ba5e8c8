"""POST /token (issue, refresh, revoke) and POST /introspect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from notion_simulator.json_answers import NO_STORE, json_answer, oauth_error
from notion_simulator.oauth import grants
from notion_simulator.oauth.authorization import INVALID_TARGET, valid_resource
from notion_simulator.oauth.client_authentication import InvalidClient, authenticate, credentials
from notion_simulator.oauth.clients import Client
from notion_simulator.oauth.grants import (
    CodeExchange,
    FreshTokens,
    Grant,
    Issued,
    Refresh,
    RefreshAnswer,
    Refused,
)
from notion_simulator.oauth.tokens import digest, new_token, parse_token
from notion_simulator.simulator import Simulator

FORM = "application/x-www-form-urlencoded"
MAX_BODY_BYTES = 1024 * 1024
OVERLOADED = "temporarily_unavailable"
RETRY_AFTER = {"Retry-After": "30"}


@dataclass(frozen=True, slots=True)
class _NewTokens:
    access: str
    refresh: str

    @property
    def digests(self) -> FreshTokens:
        return FreshTokens(access=digest(self.access), refresh=digest(self.refresh))


class TokenEndpoint:
    """Answers /token: the decision is taken in `grants`, stored, and only then told."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def answer(self, request: Request) -> Response:
        """POST /token; without a grant_type it is a revocation (RFC 7009)."""
        form = await read_form(request)
        if form is None:
            return oauth_error("invalid_request", f"Content-Type must be {FORM}")
        grant_type = form.get("grant_type")
        if grant_type is None and "token" in form:
            kind, answer = "revoke", self._revoke(form, request)
        else:
            kind = grant_type or "missing"
            if self._simulator.count_token_request(form.get("client_id", "")) is not None:
                self._simulator.counters.token_request(kind, OVERLOADED)
                return oauth_error(OVERLOADED, "Too many requests", 429, RETRY_AFTER)
            answer = self._issue(grant_type, form, request)
        if isinstance(answer, Refused):
            self._simulator.counters.token_request(kind, answer.error)
            status = 401 if answer.error == "invalid_client" else 400
            return oauth_error(answer.error, answer.description, status)
        self._simulator.counters.token_request(kind, "ok")
        return answer

    def _issue(
        self, grant_type: str | None, form: Mapping[str, str], request: Request
    ) -> Response | Refused:
        client = self._client(form, request)
        if isinstance(client, Refused):
            return client
        if not valid_resource(form.get("resource"), self._simulator.base_url):
            return Refused("invalid_target", INVALID_TARGET)
        match grant_type:
            case "authorization_code":
                return self._exchange(client, form)
            case "refresh_token":
                return self._refresh(client, form)
            case _:
                return Refused("unsupported_grant_type", "Grant type not supported")

    def _exchange(self, client: Client, form: Mapping[str, str]) -> Response | Refused:
        code = form.get("code")
        if code is None:
            return Refused("invalid_request", "Authorization code is required")
        if parse_token(code) is None:
            return Refused("invalid_grant", "Invalid authorization code format")
        grant, code_digest = self._simulator.oauth.grant_of(code)
        asked = CodeExchange(
            client.id, code_digest, form.get("redirect_uri"), form.get("code_verifier")
        )
        fresh = _fresh_tokens(grant)
        outcome = grants.exchange_code(
            grant, asked, fresh.digests, self._simulator.clock(), self._simulator.token_rules
        )
        return self._tell(outcome, fresh)

    def _refresh(self, client: Client, form: Mapping[str, str]) -> Response | Refused:
        token = form.get("refresh_token")
        if token is None:
            return Refused("invalid_request", "Refresh token is required")
        if parse_token(token) is None:
            return Refused("invalid_grant", "Invalid token format")
        grant, token_digest = self._simulator.oauth.grant_of(token)
        fresh = _fresh_tokens(grant)
        outcome = grants.refresh(
            grant,
            Refresh(client.id, token_digest),
            fresh.digests,
            self._simulator.clock(),
            self._simulator.token_rules,
        )
        return self._tell(outcome, fresh)

    def _tell(self, outcome: Issued | Refused, fresh: _NewTokens) -> Response | Refused:
        if outcome.grant is not None:
            self._simulator.oauth.put(outcome.grant)
        if isinstance(outcome, Refused):
            return outcome
        body = self._token_body(outcome.grant, fresh.access)
        body |= _refresh_field(outcome.refresh_answer, fresh.refresh)
        return json_answer(body, headers=NO_STORE)

    def _token_body(self, grant: Grant, access_token: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": self._simulator.settings.access_token_lifetime_seconds,
            "scope": grant.scope,
        }
        if grant.resource is not None:
            body["resource"] = grant.resource
        if self._simulator.settings.token_workspace_fields:
            body["user_id"] = grant.user_id
            body["workspace_id"] = grant.workspace_id
        return body

    def _revoke(self, form: Mapping[str, str], request: Request) -> Response | Refused:
        client = self._client(form, request)
        if isinstance(client, Refused):
            return client
        grant, token_digest = self._simulator.oauth.grant_of(form["token"])
        changed = grants.revoke_by_token(grant, client.id, token_digest)
        if changed is not None:
            self._simulator.oauth.put(changed)
        # RFC 7009 section 2.2: an unknown token is answered like a known one.
        return Response(status_code=200, headers=NO_STORE)

    def _client(self, form: Mapping[str, str], request: Request) -> Client | Refused:
        return _authenticated(self._simulator, form, request)


class IntrospectionEndpoint:
    """Answers /introspect (RFC 7662); a client learns only about tokens of its own."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def answer(self, request: Request) -> Response:
        """POST /introspect."""
        form = await read_form(request)
        if form is None:
            return oauth_error("invalid_request", f"Content-Type must be {FORM}")
        client = _authenticated(self._simulator, form, request)
        if isinstance(client, Refused):
            return oauth_error(client.error, client.description, 401)
        if "token" not in form:
            return oauth_error("invalid_request", "Token is required")
        return json_answer(self._describe(form["token"], client), headers=NO_STORE)

    def _describe(self, token: str, client: Client) -> dict[str, Any]:
        now = self._simulator.clock()
        rules = self._simulator.token_rules
        grant, token_digest = self._simulator.oauth.grant_of(token)
        if grant is None or grant.client_id != client.id:
            return {"active": False}
        common: dict[str, Any] = {
            "active": True,
            "client_id": grant.client_id,
            "sub": grant.user_id,
            "scope": grant.scope,
            "iss": self._simulator.base_url,
        }
        access = grants.find_access_token(grant, token_digest, now)
        if access is not None:
            times = {"iat": int(access.issued_at), "exp": int(access.expires_at)}
            return {**common, "token_type": "bearer", **times}
        deadline = grants.refresh_deadline(grant, rules)
        if token_digest in grants.valid_refresh_tokens(grant, now, rules) and now < deadline:
            return {**common, "token_type": "refresh_token", "exp": int(deadline)}
        return {"active": False}


async def read_form(request: Request) -> dict[str, str] | None:
    """Returns the form of a request, the first of repeated fields; None if it is not a form."""
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != FORM:
        return None
    body = await request.body()
    if len(body) > MAX_BODY_BYTES:
        return None
    pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    return dict(reversed(pairs))


def _authenticated(
    simulator: Simulator, form: Mapping[str, str], request: Request
) -> Client | Refused:
    offered = credentials(form, request.headers.get("authorization"))
    client = authenticate(offered, simulator.client)
    if isinstance(client, InvalidClient):
        return Refused("invalid_client", client.description)
    return client


def _fresh_tokens(grant: Grant | None) -> _NewTokens:
    if grant is None:
        return _NewTokens("", "")
    return _NewTokens(new_token(grant.user_id, grant.id), new_token(grant.user_id, grant.id))


def _refresh_field(answer: RefreshAnswer, token: str) -> dict[str, str | None]:
    match answer:
        case "rotated":
            return {"refresh_token": token}
        case "absent":
            return {}
        case "null":
            return {"refresh_token": None}
        case "empty":
            return {"refresh_token": ""}
        case _:
            assert_never(answer)
