"""The running simulation: one object that routes and tools share."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from notion_simulator.counters import Counters
from notion_simulator.faults import FaultList
from notion_simulator.list_news import ListNews
from notion_simulator.oauth.clients import Client
from notion_simulator.oauth.grants import (
    Grant,
    TokenRules,
    find_access_token,
    refresh_deadline,
    valid_refresh_tokens,
)
from notion_simulator.oauth.store import OAuthStore
from notion_simulator.rate_limits import Budget, Exceeded, RateLimits
from notion_simulator.settings import DEFAULT_PORT, SimulatorSettings
from notion_simulator.workspace.model import Workspace
from notion_simulator.workspace.samples import sample_workspaces

Clock = Callable[[], float]
SEARCH = "notion-search"


class Simulator:
    """Settings, time and everything that changes.

    `clock` returns seconds since the epoch; a test may hand in its own to let
    tokens expire.
    """

    def __init__(self, settings: SimulatorSettings, clock: Clock = time.time) -> None:
        self._initial_settings = settings
        self.clock = clock
        self.counters = Counters()
        self.faults = FaultList()
        self.list_news = ListNews()
        self.reset()

    def reset(self) -> None:
        """Forgets everything: settings, clients, grants, faults, counts, edits to workspaces."""
        self.settings = self._initial_settings
        self.oauth = OAuthStore()
        self.workspaces: dict[str, Workspace] = {
            workspace.id: workspace for workspace in sample_workspaces()
        }
        self.rate_limits = RateLimits()
        self.limited_uses: Counter[tuple[str, str]] = Counter()
        self.faults.clear()
        self.list_news.forget()
        self.counters.clear()

    @property
    def base_url(self) -> str:
        """The public origin, without a trailing slash."""
        return self.settings.public_url or f"http://localhost:{DEFAULT_PORT}"

    @property
    def token_rules(self) -> TokenRules:
        settings = self.settings
        return TokenRules(
            rotation=settings.rotation,
            access_lifetime=settings.access_token_lifetime_seconds,
            absolute_lifetime=settings.refresh_token_absolute_lifetime_seconds,
            idle_lifetime=settings.refresh_token_idle_lifetime_seconds,
            previous_grace=settings.previous_token_grace_seconds,
            refresh_answer=settings.refresh_answer,
            refresh_revokes_access=settings.refresh_revokes_access_tokens,
            refused_before_end=settings.refresh_refused_last_seconds,
        )

    def client(self, client_id: str) -> Client | None:
        """Returns a client whose registration is alive."""
        return self.oauth.client(client_id, self.clock(), self.settings)

    def grant_for_access_token(self, token: str) -> Grant | None:
        """Returns the grant a valid access token belongs to."""
        grant, digest = self.oauth.grant_of(token)
        return grant if find_access_token(grant, digest, self.clock()) else None

    def count_call(self, grant: Grant, tool_name: str) -> Exceeded | None:
        """Counts a tool call against every limit; returns what forbids it, then uncounted."""
        settings = self.settings
        window = settings.rate_limit_window_seconds
        search = settings.search_rate_limit_per_minute if tool_name == SEARCH else None
        per_grant, per_workspace = (
            settings.rate_limit_per_minute,
            settings.workspace_rate_limit_per_minute,
        )
        return self.rate_limits.count(
            [
                Budget(f"grant {grant.id}", per_grant, "per_connection", window),
                Budget(f"search {grant.id}", search, "per_tool", window),
                Budget(f"workspace {grant.workspace_id}", per_workspace, "per_workspace", window),
            ],
            self.clock(),
        )

    def count_token_request(self, client_id: str) -> Exceeded | None:
        """As `count_call`, for a client's requests of /token."""
        limit = self.settings.token_rate_limit_per_minute
        budget = Budget(f"token {client_id}", limit, "per_client")
        return self.rate_limits.count([budget], self.clock())

    def observation(self) -> dict[str, Any]:
        """Returns the counters and the state of every grant, without tokens."""
        return {
            **self.counters.snapshot(),
            "clients": len(self.oauth.clients),
            "grants": [self._describe(grant) for grant in self.oauth.grants.values()],
        }

    def _describe(self, grant: Grant) -> dict[str, Any]:
        now = self.clock()
        rules = self.token_rules
        valid_access = [
            token for token in grant.access if find_access_token(grant, token.digest, now)
        ]
        if grant.revoked is not None:
            state = "revoked"
        elif not grant.code.used:
            state = "code_issued" if now < grant.code.expires_at else "expired"
        else:
            state = "active" if now < refresh_deadline(grant, rules) else "expired"
        return {
            "grant_id": grant.id,
            "client_id": grant.client_id,
            "user_id": grant.user_id,
            "workspace_id": grant.workspace_id,
            "resource": grant.resource,
            "state": state,
            "revoked_because": grant.revoked,
            "created_at": grant.created_at,
            "refreshes": grant.refreshes,
            "valid_refresh_tokens": len(valid_refresh_tokens(grant, now, rules)),
            "valid_access_tokens": len(valid_access),
        }
