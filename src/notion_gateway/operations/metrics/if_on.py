"""Metrics where they are switched on; else nothing, at no cost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from notion_gateway.audit.opening import Audit
from notion_gateway.catalogue.opening import Catalogues
from notion_gateway.integration.opening import Integrations
from notion_gateway.notices.opening import Notices
from notion_gateway.operations.maintenance import Maintenance
from notion_gateway.proxy.opening import Proxy
from notion_gateway.settings import Settings
from notion_gateway.storage.opening import Storage

if TYPE_CHECKING:
    from notion_gateway.operations.metrics.opening import Metrics


@asynccontextmanager
async def metrics_if_on(
    settings: Settings,
    storage: Storage,
    integrations: Integrations,
    proxy: Proxy,
    catalogues: Catalogues,
    audit: Audit,
    notices: Notices,
    maintenance: Maintenance,
    *,
    is_worker: bool,
) -> "AsyncGenerator[Metrics | None]":
    """As ``open_metrics``."""
    if settings.gateway_metrics_port is None:
        yield None
        return
    from notion_gateway.operations.metrics.figures import Sources
    from notion_gateway.operations.metrics.opening import open_metrics

    sources = Sources(
        database=storage.database,
        feed=storage.feed,
        pool=None if proxy.http1 is None else proxy.http1.pool,
        renewals=integrations.renewals,
        lease_waits=integrations.lease_waits,
        maintenance=maintenance,
        budgets=proxy.budgets,
        catalogues=catalogues,
        audit=audit,
        deliveries=notices.delivering.tally,
    )
    async with open_metrics(settings, sources, is_worker=is_worker) as metrics:
        yield metrics
