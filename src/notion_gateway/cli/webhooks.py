"""``webhooks``: where a space's owners are told what happens to its connection."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.cli.output import (
    Fault,
    cell,
    columns,
    hint,
    print_json,
    print_table,
    print_text,
)
from notion_gateway.cli.target import (
    DEFAULT_SPACE,
    DEFAULT_URL,
    GatewayOption,
    JsonOption,
    SpaceOption,
    UserOption,
    a_target,
)

if TYPE_CHECKING:
    from notion_gateway.cli.client import GatewayClient

webhooks = typer.Typer(
    help="Where a space's owners are told what happens to its connection.", no_args_is_help=True
)

WebhookArgument = Annotated[str, typer.Argument(help="The webhook's id.", metavar="WEBHOOK")]


def add_to(app: typer.Typer) -> None:
    webhooks.command("list")(list_webhooks)
    webhooks.command()(add)
    webhooks.command()(remove)
    webhooks.command("test")(send_test)
    webhooks.command()(messages)
    webhooks.command()(resend)
    app.add_typer(webhooks, name="webhooks")


def list_webhooks(
    *,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
    as_json: JsonOption = False,
) -> None:
    """Show a space's webhooks, and what became of the newest message of each."""
    with _client(gateway, space, user) as client:
        found = client.webhooks()
        newest = {one["webhook_id"]: _newest(client, one["webhook_id"]) for one in found}
    if as_json:
        print_json([{**one, "newest_delivery": newest[one["webhook_id"]]} for one in found])
        return
    if not found:
        hint("This space has no webhook: notion-gateway webhooks add tells a program of yours.")
        return
    table = columns("Webhook", "Address", "Events", "Newest message")
    for one in found:
        table.add_row(
            cell(one.get("webhook_id")),
            cell(one.get("url")),
            cell(" ".join(one.get("events", [])) or "all"),
            cell(_told(newest[one["webhook_id"]])),
        )
    print_table(table)


def add(
    *,
    url: Annotated[
        str,
        typer.Argument(
            help="Where messages are sent: an https address, or mailto: and an e-mail address."
        ),
    ],
    events: Annotated[
        list[str] | None,
        typer.Option("--event", help="Only these, such as grant.expiring; may be repeated."),
    ] = None,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
    as_json: JsonOption = False,
) -> None:
    """Add one, and print the secret that its messages are signed with, this once. E-mail has
    none.
    """
    with _client(gateway, space, user) as client:
        made = client.add_webhook(url, events or [])
    if as_json:
        print_json(made)
        return
    if made.get("secret"):
        print_text(str(made["secret"]))
    hint(f"Try it with: notion-gateway webhooks test {made.get('webhook_id')}")


def remove(
    *,
    webhook: WebhookArgument,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
) -> None:
    """Remove one, with all that was and is to be told to it."""
    with _client(gateway, space, user) as client:
        client.remove_webhook(webhook)
    hint(f"Nothing is sent there any more: {webhook} is gone.")


def send_test(
    *,
    webhook: WebhookArgument,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
    as_json: JsonOption = False,
) -> None:
    """Send a message of type webhook.test there now. Exits with 1 where it is not taken."""
    with _client(gateway, space, user) as client:
        found = client.test_webhook(webhook)
    if as_json:
        print_json(found)
    if not found.get("delivered"):
        raise Fault(f"It was not taken: {_why(found)}.")
    if not as_json:
        hint(f"It was taken: the answer was {found.get('status')}.")


def messages(
    *,
    webhook: WebhookArgument,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
    as_json: JsonOption = False,
) -> None:
    """Show what was told to one, is to be told, and could not be, the newest first."""
    with _client(gateway, space, user) as client:
        found = client.deliveries(webhook, limit)
    if as_json:
        print_json(found)
        return
    table = columns("Message", "Written", "What became of it")
    for one in found:
        written = str(one.get("created_at"))[:16].replace("T", " ")
        table.add_row(cell(one.get("delivery_id")), cell(written), cell(_told(one)))
    print_table(table)


def resend(
    *,
    webhook: WebhookArgument,
    message: Annotated[
        str, typer.Argument(help="Its id, as messages shows it.", metavar="MESSAGE")
    ],
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
    as_json: JsonOption = False,
) -> None:
    """Send a message once more, with the same id, for three days if need be."""
    with _client(gateway, space, user) as client:
        found = client.resend(webhook, message)
    if as_json:
        print_json(found)
        return
    hint(
        f"It is sent once more: notion-gateway webhooks messages {webhook} shows what became of it."
    )


class _Words(StrEnum):
    """For the reasons of ``notices/rules/retries.py``."""

    ADDRESS_NOT_ALLOWED = "the gateway's settings do not allow the address; nothing was sent"
    UNREACHABLE = "it cannot be reached, or not by TLS that can be trusted"
    TIMED_OUT = "it did not answer in time"
    REDIRECTED = "the address leads to another one, which is not followed: name that one"
    REFUSED = "it refused the message"
    MAIL_OFF = "the gateway sends no e-mail: its operator has to set GATEWAY_SMTP_HOST"
    LOGIN_REFUSED = "the mail server refuses the gateway's login: ask its operator"
    SECRET_UNREADABLE = "the gateway cannot open its secret: add the webhook anew"  # noqa: S105 - words about one


def _why(found: Mapping[str, Any]) -> str:
    reason = str(found.get("reason"))
    words = _Words.__members__.get(reason.upper())
    status = found.get("status")
    return (words or reason) + ("" if status is None else f" (it answered {status})")


def _newest(client: "GatewayClient", webhook_id: str) -> dict[str, Any] | None:
    found = client.deliveries(webhook_id, 1)
    return found[0] if found else None


def _told(newest: Mapping[str, Any] | None) -> str:
    if newest is None:
        return "none yet"
    progress = str(newest.get("progress")).replace("_", " ")
    why = f", {newest['reason']}" if newest.get("reason") else ""
    return f"{newest.get('event')}: {progress}{why}, {newest.get('attempts')} attempts"


def _client(gateway: str, space: str, user: str) -> "GatewayClient":
    from notion_gateway.cli.client import GatewayClient

    return GatewayClient(a_target(gateway, space, user))
