"""What routes of this and of other features are handed."""

from typing import Annotated

from fastapi import Depends, Request

from notion_gateway.integration.opening import Integrations


def _integrations(request: Request) -> Integrations:
    integrations: Integrations = request.state.integrations
    return integrations


TheIntegrations = Annotated[Integrations, Depends(_integrations)]
