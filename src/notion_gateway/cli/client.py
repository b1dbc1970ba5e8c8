"""The gateway's own routes, over HTTP."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, cast, final
from urllib.parse import quote

import httpx2

from notion_gateway.cli.output import Exit, Fault
from notion_gateway.cli.shown_commands import connecting
from notion_gateway.cli.target import Target

_TIMEOUT_SECONDS = 45.0
"""Longer than the gateway takes to give up on Notion (10 s for each step of a discovery)."""

_EVENTS_A_PAGE = 1000

_CONNECTED_BY = frozenset({"not_connected", "connect_your_own"})
"""Reasons that one command mends. Whose connection must be made again, the detail says."""
_NEEDS_PERSON = _CONNECTED_BY | {"reconnect_required"}


@final
class GatewayClient:
    """Answers are the gateway's JSON documents as they came. Every method raises Fault."""

    def __init__(self, target: Target, *, mine: bool = False) -> None:
        """``mine``: the caller's own connection in the space, not the one that everybody shares."""
        self._target = target
        self._whose = {"grant": "mine"} if mine else {}
        self._http = httpx2.Client(
            base_url=target.url,
            headers=target.headers,
            timeout=_TIMEOUT_SECONDS,
            trust_env=not target.is_local,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def status(self) -> dict[str, Any]:
        return self._call("GET", self._space_path, self._whose)

    def start(self) -> str:
        """The address of Notion's consent screen; for a few minutes, for one use."""
        query = {"space_id": self._target.space_id, **self._whose}
        answer = self._call("GET", "/integrations/notion/oauth/mcp/start", query)
        return str(answer.get("authorizeUrl"))

    def issuer(self) -> str:
        """The gateway's own name for itself, which may be another than it is called by here."""
        found = self._call("GET", "/.well-known/oauth-authorization-server")
        return str(found.get("issuer", self._target.url))

    def grant_choice(self) -> dict[str, Any]:
        """With whose connections people act in the space."""
        choice: dict[str, Any] = self.grants()["choice"]
        return choice

    def grants(self) -> dict[str, Any]:
        """With which connection the caller acts in the space, and what it opens."""
        return self._call("GET", f"{self._space_path}/grants")

    def disconnect(self) -> dict[str, Any]:
        return self._call("DELETE", self._space_path, self._whose)

    def events(self, limit: int, before: int | None) -> tuple[list[dict[str, Any]], int | None]:
        """The newest ``limit`` before a version (0: all), oldest first, and before which version
        there are more, None where there are none.
        """
        found: list[dict[str, Any]] = []
        while not limit or limit > len(found):
            wanted = min(limit - len(found), _EVENTS_A_PAGE) if limit else _EVENTS_A_PAGE
            query = {"limit": str(wanted), **self._whose}
            if before is not None:
                query["before"] = str(before)
            answer = self._call("GET", f"{self._space_path}/events", query)
            found[:0] = cast("list[dict[str, Any]]", answer.get("events", []))
            before = answer.get("before")
            if before is None:
                break
        return found, before

    def audit(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        """One page of what was called. ``wanted`` as the route's query has it."""
        return self._call("GET", self._audit_path, wanted)

    def audit_keeping(self) -> dict[str, Any]:
        return self._call("GET", f"{self._audit_path}/keeping")

    def keep_audit(self, days: int | None) -> dict[str, Any]:
        """For so many days; None: as long as the operator's setting says."""
        return self._call("PUT", f"{self._audit_path}/keeping", text=json.dumps({"days": days}))

    def audit_contents(self) -> dict[str, Any]:
        return self._call("GET", f"{self._audit_path}/contents")

    def set_audit_contents(self, *, arguments: bool, results: bool) -> dict[str, Any]:
        """Whether they are recorded from now on."""
        text = json.dumps({"arguments": arguments, "results": results})
        return self._call("PUT", f"{self._audit_path}/contents", text=text)

    def exported_audit(self, wanted: Mapping[str, str]) -> Iterator[str]:
        """All of it, a line each, without the last one, which says that it is the end. Raises
        Fault, also where that one has not come.
        """
        last = ""
        try:
            with self._http.stream("GET", f"{self._audit_path}/export", params=wanted) as answer:
                if not answer.is_success:
                    answer.read()
                    self._document(answer)
                for line in answer.iter_lines():
                    if last:
                        yield last
                    last = line
        except httpx2.HTTPError as fault:
            raise no_answer(self._target, fault) from None
        if not last.startswith('{"end": true'):
            raise Fault("The gateway broke off: not all of it has come.")

    def webhooks(self) -> list[dict[str, Any]]:
        answer = self._call("GET", self._webhooks_path)
        return cast("list[dict[str, Any]]", answer.get("webhooks", []))

    def deliveries(self, webhook_id: str, limit: int) -> list[dict[str, Any]]:
        """The newest first."""
        path = f"{self._webhooks_path}/{quote(webhook_id, safe='')}/deliveries"
        answer = self._call("GET", path, {"limit": str(limit)})
        return cast("list[dict[str, Any]]", answer.get("deliveries", []))

    def resend(self, webhook_id: str, delivery_id: str) -> dict[str, Any]:
        path = f"{self._webhooks_path}/{quote(webhook_id, safe='')}/deliveries"
        return self._call("POST", f"{path}/{quote(delivery_id, safe='')}/resend")

    def add_webhook(self, url: str, events: Sequence[str]) -> dict[str, Any]:
        text = json.dumps({"url": url, "events": [*events]})
        return self._call("POST", self._webhooks_path, text=text)

    def remove_webhook(self, webhook_id: str) -> None:
        self._call("DELETE", f"{self._webhooks_path}/{quote(webhook_id, safe='')}")

    def test_webhook(self, webhook_id: str) -> dict[str, Any]:
        return self._call("POST", f"{self._webhooks_path}/{quote(webhook_id, safe='')}/test")

    def role(self) -> str:
        """What the caller is in the space: owner or member."""
        return str(self._call("GET", self._here).get("role"))

    def tokens(self) -> list[dict[str, Any]]:
        """One's own; of the whole space for an owner."""
        answer = self._call("GET", f"{self._here}/tokens")
        return cast("list[dict[str, Any]]", answer.get("tokens", []))

    def revoke_token(self, token_id: str) -> None:
        self._call("DELETE", f"{self._here}/tokens/{quote(token_id, safe='')}")

    def add_machine(self, wish: Mapping[str, object]) -> dict[str, Any]:
        return self._call("POST", f"{self._here}/machines", text=json.dumps(wish))

    def allow_workload(self, wish: Mapping[str, object]) -> dict[str, Any]:
        return self._call("POST", f"{self._here}/workloads", text=json.dumps(wish))

    @property
    def _here(self) -> str:
        return f"/spaces/{self._target.space_id}"

    @property
    def _webhooks_path(self) -> str:
        return f"/spaces/{self._target.space_id}/webhooks"

    @property
    def _audit_path(self) -> str:
        return f"/spaces/{self._target.space_id}/audit"

    def policy(self) -> dict[str, Any]:
        """With its version, 0 where there never was one."""
        return self._call("GET", self._policy_path)

    def policy_history(self, limit: int, before: int | None) -> dict[str, Any]:
        """The newest ``limit`` before a version, the oldest first."""
        query = {"limit": str(limit)} | ({} if before is None else {"before": str(before)})
        return self._call("GET", f"{self._policy_path}/events", query)

    def set_policy(self, text: str, expected_version: int) -> dict[str, Any]:
        query = {"expected_version": str(expected_version)}
        return self._call("PUT", self._policy_path, query, text)

    def remove_policy(self, expected_version: int) -> dict[str, Any]:
        return self._call("DELETE", self._policy_path, {"expected_version": str(expected_version)})

    def catalogue(self) -> dict[str, Any]:
        """The tools that Notion lists, and what of them nobody has seen."""
        return self._call("GET", self._catalogue_path, self._whose)

    def catalogue_changes(self, limit: int, *, unseen: bool) -> list[dict[str, Any]]:
        """The newest first."""
        query = {"limit": str(limit), "unseen": "true" if unseen else "false", **self._whose}
        answer = self._call("GET", f"{self._catalogue_path}/changes", query)
        return cast("list[dict[str, Any]]", answer.get("changes", []))

    def see_catalogue(self, version: int) -> dict[str, Any]:
        text = json.dumps({"version": version})
        return self._call("PUT", f"{self._catalogue_path}/seen", self._whose, text)

    @property
    def _catalogue_path(self) -> str:
        return f"/spaces/{self._target.space_id}/catalogue"

    @property
    def _policy_path(self) -> str:
        return f"/spaces/{self._target.space_id}/policy"

    @property
    def _space_path(self) -> str:
        return f"/integrations/notion/{self._target.space_id}"

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        text: str | None = None,
    ) -> dict[str, Any]:
        """``text``: a JSON document as it was written."""
        headers = None if text is None else {"content-type": "application/json"}
        try:
            answer = self._http.request(method, path, params=query, content=text, headers=headers)
        except httpx2.HTTPError as fault:
            raise no_answer(self._target, fault) from None
        return self._document(answer)

    def _document(self, answer: httpx2.Response) -> dict[str, Any]:
        try:
            found: object = answer.json()
        except ValueError:
            found = None
        document = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        if answer.is_success and (document or not answer.content):
            return document
        if "reason" in document:
            raise refusal(
                self._target,
                document.get("detail"),
                document["reason"],
                document.get("request_id"),
            )
        raise Fault(
            f"What answers at {self._target.url} is no Notion MCP Gateway"
            f" (HTTP {answer.status_code} for {answer.url.path})."
        )


def no_answer(target: Target, fault: httpx2.HTTPError) -> Fault:
    if isinstance(fault, httpx2.ConnectError):
        return Fault(
            f"No gateway answers at {target.url}. Start one with ./just demo, ./just start or"
            " `notion-gateway serve`, or name another with --gateway."
        )
    return Fault(
        f"The gateway at {target.url} broke off or took too long ({type(fault).__name__})."
    )


def refusal(target: Target, detail: object, reason: object, request_id: object) -> Fault:
    """What the gateway said, and how its log calls that request."""
    code = Exit.NEEDS_PERSON if reason in _NEEDS_PERSON else Exit.FAULT
    if target.is_login and reason == "unauthenticated":
        code = Exit.NEEDS_PERSON
        detail = (
            f"{detail} Log in again: notion-gateway login --gateway {target.url} --space"
            f" {target.space_id}"
        )
    if reason in _CONNECTED_BY:
        mine = reason == "connect_your_own"
        detail = f"{detail} Connect it with: {connecting(target, mine=mine)}"
    return Fault(f"{detail} ({reason}, request {request_id})", code)
