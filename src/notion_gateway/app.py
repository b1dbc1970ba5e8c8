"""The ASGI application: the proxy beside the API, behind one gate."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from notion_gateway import __version__
from notion_gateway.access import (
    application_sign_in_routes,
    invitation_link_routes,
    invitation_routes,
    sign_in_pages,
    space_end_routes,
    space_routes,
    token_routes,
)
from notion_gateway.access.challenge import challenge
from notion_gateway.access.oidc_sign_in import SIGN_IN_CALLBACK_PATH
from notion_gateway.audit import routes as audit_routes
from notion_gateway.audit import settings_routes as audit_settings_routes
from notion_gateway.authorization_server import (
    approval_page,
    device_page,
    machine_routes,
    workload_routes,
)
from notion_gateway.authorization_server import routes as oauth_routes
from notion_gateway.catalogue import routes as catalogue_routes
from notion_gateway.conversations import decision_routes, sharing_routes
from notion_gateway.conversations import routes as conversation_routes
from notion_gateway.http.allowed_callers import AllowedCallers
from notion_gateway.http.direct import APP_STATE
from notion_gateway.http.gate import REQUEST_ID, Gate
from notion_gateway.http.head import HeadAsGet
from notion_gateway.http.openapi import describe
from notion_gateway.http.problems import log_fault, problem
from notion_gateway.http.request_log import note_reason, noted_in_batches
from notion_gateway.integration import connect_page, consent_end_page, consent_routes, grant_routes
from notion_gateway.integration import routes as integration_routes
from notion_gateway.kernel.errors import (
    GatewayError,
    InvalidRequest,
    MethodNotAllowed,
    NoSuchRoute,
    RequestTooLarge,
)
from notion_gateway.kernel.own_address import OwnAddress, normal_host, normal_origin
from notion_gateway.kernel.worker_counts import WorkerCounts
from notion_gateway.notices import invitation_mail_routes
from notion_gateway.notices import routes as notices_routes
from notion_gateway.operations import health
from notion_gateway.policy import routes as policy_routes
from notion_gateway.proxy.endpoint import ProxyEndpoint
from notion_gateway.proxy.from_memory import served_from_memory
from notion_gateway.proxy.openapi import paths as proxy_paths
from notion_gateway.settings import ANY_OF_SCHEME, CALLBACK_PATH, Settings, listed
from notion_gateway.wiring import open_gateway

log = structlog.stdlib.get_logger()

_EXPOSED = ["Mcp-Session-Id", "WWW-Authenticate", "X-Request-ID", "Retry-After"]
"""What a page of an allowed origin may read of an answer."""

_ACTING = (CALLBACK_PATH, SIGN_IN_CALLBACK_PATH, consent_routes.START_PATH)
"""Paths whose GET ends or begins something."""

_NO_TELEMETRY: TelemetryConfig = {
    "auto_configure": False,
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
}
"""FastAPI's own, which a provider of the process would switch on: its spans hold queries, in which
a code may stand, and its logs the text of faults.
"""


_ROUTERS = (
    consent_end_page.router,
    sign_in_pages.router,
    approval_page.router,
    device_page.router,
    connect_page.router,
    oauth_routes.pages,
    oauth_routes.router,
    consent_routes.router,
    integration_routes.router,
    grant_routes.router,
    space_routes.router,
    space_end_routes.router,
    audit_routes.router,
    audit_settings_routes.router,
    notices_routes.router,
    invitation_mail_routes.router,
    invitation_routes.router,
    application_sign_in_routes.router,
    invitation_link_routes.router,
    token_routes.router,
    machine_routes.router,
    workload_routes.router,
    policy_routes.router,
    catalogue_routes.router,
    conversation_routes.router,
    decision_routes.router,
    sharing_routes.router,
    health.router,
)
"""Their routes are the application's own: included as routers, FastAPI would make each of them a
second time, for the first request. That took 0.1 seconds of a start, and 3 MB.
"""


def create_app(settings: Settings, counts: WorkerCounts | None = None) -> ASGIApp:
    """Opens the gateway in its lifespan; holds no state before that. ``counts``: what this worker
    and others count together.
    """

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncGenerator[dict[str, object]]:
        if settings.gateway_trust_headers:
            log.warning(
                "trusting_headers",
                hint="X-User-ID is believed without proof: for development on this machine only",
            )
        async with open_gateway(settings, counts) as features:
            log.info("gateway_ready", notion=settings.notion_mcp_url, version=__version__)
            state = {one.name: getattr(features, one.name) for one in fields(features)}
            direct = served_from_memory(
                features.access, features.proxy, allowed, settings.gateway_max_request_bytes
            )
            # Whatever ends the process from here on, what requests noted is written, counted, kept,
            # and made spans of.
            metrics, calls, tracing = features.metrics, features.audit.calls, features.tracing
            takers = [one.take for one in (calls, tracing) if one is not None]
            takers.append(features.integrations.uses.take)
            if metrics is not None:
                takers.append(metrics.requests.take)
            with noted_in_batches(*takers) as writer:
                if metrics is not None:
                    metrics.watch(writer)
                yield state if direct is None else {**state, APP_STATE: direct}

    proxy, own = ProxyEndpoint(settings.gateway_max_request_bytes), settings.own_address
    router = Router(
        routes=[
            Route(path + end, proxy)
            for path in ("/mcp/notion/proxy", "/mcp/notion/{space_id}")
            for end in ("", "/")  # people type both, and clients follow no redirect here
        ],
        default=HeadAsGet(api(own), _ACTING),
        lifespan=lifespan,
        redirect_slashes=False,
    )
    pages = listed(settings.gateway_allowed_origins)
    any_of = [one.removesuffix(ANY_OF_SCHEME) for one in pages if one.endswith(ANY_OF_SCHEME)]
    origins = {normal_origin(settings.return_base_url), *own.origins, *pages}
    allowed = AllowedCallers(
        origins=origins,
        origin_starts=any_of,
        hosts=_hosts(settings),
        open_probes=not settings.gateway_trust_headers,
    )
    return Gate(
        router,
        CORSMiddleware(
            router,
            allow_origins=list(origins),
            allow_origin_regex="|".join(f"{re.escape(one)}.*" for one in any_of) or None,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=_EXPOSED,
        ),
        allowed,
    )


def _hosts(settings: Settings) -> list[str]:
    """Besides loopback's, and none where whoever calls is believed: a name that was rebound to
    this machine, or a tunnel to it, must not be somebody.
    """
    if settings.gateway_trust_headers or settings.gateway_local_sign_in:
        return []
    public = normal_host(urlsplit(settings.public_url).hostname or "")
    return [public, *listed(settings.gateway_allowed_hosts)]


def api(own: OwnAddress | None = None) -> FastAPI:
    """Everything but the proxy. ``own``: where challenges lead clients to."""
    # The interactive docs pages load scripts from a third party, so there are none.
    # Nor does a path with a slash at its end lead to the one without: that redirect names the
    # scheme that a proxy in front has spoken, and repeats the query, in which a code may stand.
    api = FastAPI(
        routes=[route for one in _ROUTERS for route in one.routes],
        title="Notion MCP Gateway",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
    )
    describe(api, proxy_paths())

    def answer(request: Request, fault: GatewayError) -> Response:
        note_reason(request.scope, fault.reason)
        status, headers, body = problem(fault, request.scope[REQUEST_ID])
        if own is not None:
            headers |= challenge(fault, request.scope, own)
        return Response(body, status_code=status, headers=headers)

    async def known(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, GatewayError)  # noqa: S101 - registered for nothing else
        log_fault(fault)
        return answer(request, fault)

    async def invalid(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, RequestValidationError)  # noqa: S101 - as above
        return answer(request, InvalidRequest(_first(fault)))

    async def refused(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, HTTPException)  # noqa: S101 - as above
        known = _HTTP_ERRORS.get(fault.status_code, GatewayError)()
        if not isinstance(known, (NoSuchRoute, MethodNotAllowed)):
            log.warning("framework_refusal", status=fault.status_code, detail=str(fault.detail))
        refusal = answer(request, known)
        refusal.headers.update(fault.headers or {})  # a 405 names the methods there are
        return refusal

    async def unforeseen(request: Request, _: Exception) -> Response:
        return answer(request, GatewayError())

    api.add_exception_handler(GatewayError, known)
    api.add_exception_handler(RequestValidationError, invalid)
    api.add_exception_handler(HTTPException, refused)
    api.add_exception_handler(Exception, unforeseen)
    return api


_HTTP_ERRORS: dict[int, type[GatewayError]] = {
    400: InvalidRequest,
    404: NoSuchRoute,
    405: MethodNotAllowed,
    413: RequestTooLarge,
    415: InvalidRequest,
    422: InvalidRequest,
}


def _first(fault: RequestValidationError) -> str:
    """Where and why, without quoting what was sent. An element is named with its list."""
    first: dict[str, Any] = fault.errors()[0]
    names = [number for number, one in enumerate(first["loc"]) if isinstance(one, str)]
    place = ".".join(map(str, first["loc"][max(names, default=0) :]))
    return f"{place}: {first['msg']}"
