"""Joins the features: opens each, tells them of changes elsewhere, and closes them again."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from notion_gateway.access.opening import Access, open_access
from notion_gateway.audit.opening import Audit, open_audit
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.machine_store import MachineStore
from notion_gateway.authorization_server.opening import (
    AuthorizationServer,
    open_authorization_server,
)
from notion_gateway.authorization_server.programs_end import end_programs
from notion_gateway.budget.budgets import Budgets
from notion_gateway.budget.learned import LearnedBudgets
from notion_gateway.budget.opening import open_budgets
from notion_gateway.catalogue.opening import Catalogues, open_catalogues, open_turns
from notion_gateway.conversations.opening import (
    Conversations,
    follow_members,
    open_conversations,
)
from notion_gateway.integration.member_grants import follow_leavers
from notion_gateway.integration.opening import Integrations, open_integrations
from notion_gateway.kernel.background import ClosingTime, running
from notion_gateway.kernel.worker_counts import WorkerCounts
from notion_gateway.notices.opening import Notices, open_notices, open_outbox
from notion_gateway.operations.health import Health
from notion_gateway.operations.maintenance import Maintenance, old_rows
from notion_gateway.operations.metrics.if_on import metrics_if_on
from notion_gateway.operations.traces.if_on import traces_if_on
from notion_gateway.policy.opening import open_policies
from notion_gateway.policy.policies import Policies
from notion_gateway.proxy.opening import Proxy, open_proxy
from notion_gateway.settings import Settings
from notion_gateway.storage.change_feed import Notice
from notion_gateway.storage.opening import open_storage
from notion_gateway.vault.checks import fitting_check
from notion_gateway.vault.derived_keys import Proofs
from notion_gateway.vault.opening import open_vault
from notion_gateway.vault.proof_key import ProofKey
from notion_gateway.vault.secrets_table import SecretsTable

if TYPE_CHECKING:
    from notion_gateway.operations.metrics.opening import Metrics
    from notion_gateway.operations.traces.opening import Traces


@dataclass(frozen=True, slots=True)
class Features:
    """Each feature's routes reach their own, and what they build on; nobody reaches for all."""

    access: Access
    integrations: Integrations
    catalogues: Catalogues
    policies: Policies
    proxy: Proxy
    authorization_server: AuthorizationServer
    audit: Audit
    notices: Notices
    conversations: Conversations
    health: Health
    budgets: Budgets | None = None
    metrics: "Metrics | None" = None
    tracing: "Traces | None" = None


@asynccontextmanager
async def open_gateway(
    settings: Settings, counts: WorkerCounts | None = None
) -> AsyncGenerator[Features]:
    """Opens everything in order, migrates, and closes in the opposite order.

    Renewals and detached work under way are waited for before the database goes. ``counts``: what
    this worker and others count together. Raises ConfigurationError where a key is missing or
    malformed, and StoreUnavailable.
    """
    vault = await open_vault(settings)
    closing = ClosingTime()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        tracing = await enter(traces_if_on(settings))
        storage = await enter(open_storage(settings))
        grants, machines = ClientGrantStore(storage.database), MachineStore(storage.database)
        proofs = Proofs(vault.keyring, await ProofKey(storage.database, vault).load())
        outbox = open_outbox(settings, storage.clock)
        of_members = [outbox.of_members, follow_members, follow_leavers, end_programs]
        access = await enter(
            open_access(
                settings, storage, vault, proofs, [grants, machines], counts, of_members, closing
            )
        )
        turns = open_turns(settings, storage.database)
        told = [outbox.of_grant, turns.follow_grants]
        integrations = await enter(
            open_integrations(settings, storage, vault, access.members, tracing, told, closing)
        )
        catalogues = open_catalogues(settings, storage, integrations, turns, outbox.of_tools)
        policies = open_policies(storage, proofs, access.members, catalogues.of_policies)
        budgets = open_budgets(settings, storage.clock, access.members.forget)
        learned = None if budgets is None else LearnedBudgets(storage.database, budgets)
        if learned is not None:
            await learned.restore()
        audit = open_audit(settings, storage.database, storage.clock, proofs, access.members)
        notices = await enter(open_notices(settings, storage, vault, outbox))
        if budgets is not None:
            budgets.told = notices.spent_budgets.note
        proxy = await enter(
            open_proxy(
                settings,
                proofs,
                integrations,
                policies,
                storage.feed,
                budgets,
                audit,
                tracing,
                catalogues.tools_listed,
            )
        )
        authorization_server = await enter(
            open_authorization_server(
                settings, storage, proofs, access, grants, machines, audit, counts
            )
        )

        def changed(notice: Notice) -> None:
            integrations.changed(notice)
            catalogues.changed(notice)
            policies.changed(notice)
            audit.contents.changed(notice)
            proxy.changed(notice)
            access.changed(notice)

        def lost() -> None:
            integrations.forget_all()
            policies.forget_all()
            audit.contents.forget_all()
            proxy.forget_all()
            access.forget_all()

        rows = old_rows(storage.database, settings, audit.store.keys)
        maintenance = Maintenance(rows, storage.database, storage.clock)
        is_worker = counts is not None
        metrics = await enter(
            metrics_if_on(
                settings,
                storage,
                integrations,
                proxy,
                catalogues,
                audit,
                notices,
                maintenance,
                is_worker=is_worker,
            )
        )
        background = await enter(
            running(
                {
                    **({} if metrics is None else metrics.loops),
                    **({} if audit.writer is None else {"audit": audit.writer.run}),
                    **{f"audit to {one.name}": one.run for one in audit.forwarders},
                    **({} if catalogues.looks is None else {"catalogue": catalogues.looks.run}),
                    **({} if proxy.lists is None else {"list news": proxy.lists.news.run}),
                    "change feed": partial(storage.feed.follow, changed, access.trust.looked, lost),
                    "database clock": storage.clock.follow,
                    "expired rows": storage.expired.run,
                    **({} if integrations.looks is None else {"looks": integrations.looks.run}),
                    **({} if learned is None else {"learned budgets": learned.run}),
                    "grant uses": integrations.uses.run,
                    "idle grants": integrations.idle_grants.run,
                    "left members": integrations.left_members.run,
                    "maintenance": maintenance.run,
                    "spent budgets": notices.spent_budgets.run,
                    "warnings": notices.warnings.run,
                    "webhooks": notices.delivering.run,
                    "token uses": access.tokens.record_uses,
                    "open calls": access.open_calls.run,
                    **({} if access.renewal is None else {"issuer renewals": access.renewal.run}),
                    "unconfirmed members": access.unconfirmed.run,
                },
                closing=closing,
            )
        )
        health = Health(
            {
                **storage.checks,
                "key": fitting_check(vault, SecretsTable(storage.database).samples),
                "background": background.check,
            },
            memory_serves=access.trust.holds,
            lives=lambda: not background.has_failed,
        )
        stack.push_async_callback(health.close)
        if metrics is not None:
            metrics.watch_health(health)
        yield Features(
            access=access,
            integrations=integrations,
            catalogues=catalogues,
            policies=policies,
            proxy=proxy,
            authorization_server=authorization_server,
            audit=audit,
            notices=notices,
            conversations=open_conversations(settings, storage, vault),
            health=health,
            budgets=budgets,
            metrics=metrics,
            tracing=tracing,
        )
