"""The ASGI application: authorization server, MCP endpoint, model and control, wired together."""

import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp

from notion_simulator.control import Control
from notion_simulator.fault_injection import FaultMiddleware
from notion_simulator.file_endpoint import FileEndpoint
from notion_simulator.mcp_endpoint import McpEndpoint, SdkApplication
from notion_simulator.mcp_server import build_server
from notion_simulator.model.routes import ModelRoutes
from notion_simulator.oauth.consent_routes import ConsentRoutes
from notion_simulator.oauth.registration_routes import RegistrationRoutes
from notion_simulator.oauth.token_routes import IntrospectionEndpoint, TokenEndpoint
from notion_simulator.settings import SimulatorSettings
from notion_simulator.simulator import Clock, Simulator


def create_app(
    settings: SimulatorSettings | None = None,
    *,
    clock: Clock = time.time,
    mcp: ASGIApp | None = None,
) -> Starlette:
    """Returns the application; `app.state.simulator` is the `Simulator` behind it.

    `clock` returns seconds since the epoch. `mcp` takes the place of the MCP
    server at /mcp, behind the same bearer check; if it is a Starlette
    application its lifespan is run too. Each application serves one lifespan.
    """
    simulator = Simulator(settings or SimulatorSettings(), clock)
    sdk = SdkApplication(simulator, build_server(simulator))
    registration = RegistrationRoutes(simulator)
    consent = ConsentRoutes(simulator)
    files = FileEndpoint(simulator)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with AsyncExitStack() as running:
            if mcp is None:
                await running.enter_async_context(sdk.sessions.run())
            elif isinstance(mcp, Starlette):
                await running.enter_async_context(mcp.router.lifespan_context(mcp))
            yield

    protected = "/.well-known/oauth-protected-resource"
    app = Starlette(
        routes=[
            Route("/.well-known/oauth-authorization-server", registration.authorization_server),
            Route(protected, registration.protected_resource),
            Route(f"{protected}/mcp", registration.protected_resource_mcp),
            Route("/register", registration.register, methods=["POST"]),
            Route("/authorize", consent.authorize, methods=["GET"]),
            Route("/install-integration", consent.page, methods=["GET"]),
            Route("/install-integration", consent.decide, methods=["POST"]),
            Route("/callback", consent.callback, methods=["GET"]),
            Route("/token", TokenEndpoint(simulator).answer, methods=["POST"]),
            Route("/introspect", IntrospectionEndpoint(simulator).answer, methods=["POST"]),
            Route("/file-uploads/{id}", files.receive, methods=["POST"]),
            Route("/file-uploads/{id}", files.hand_out, methods=["GET"]),
            Route("/mcp", McpEndpoint(simulator, mcp or sdk)),
            ModelRoutes(simulator).mount(),
            Control(simulator).mount(),
        ],
        middleware=[Middleware(FaultMiddleware, simulator=simulator)],
        lifespan=lifespan,
    )
    app.state.simulator = simulator
    return app
