"""``messages``: what webhooks and e-mail addresses of all spaces are told, for the operator."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.cli.operating import as_operator
from notion_gateway.cli.output import Exit, Fault, cell, columns, hint, print_json, print_table
from notion_gateway.cli.target import JsonOption, a_space

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notion_gateway.notices.deliveries import Delivery
    from notion_gateway.operations.operator import Operator


def _a_space_if_named(value: str | None) -> str | None:
    return None if value is None else a_space(value)


OfSpaceOption = Annotated[
    str | None,
    typer.Option("--space", callback=_a_space_if_named, help="Only of this space."),
]


def add_to(app: typer.Typer) -> None:
    messages = typer.Typer(
        no_args_is_help=True,
        help="What webhooks and e-mail addresses are told, of all spaces. These commands work on"
        " the gateway's database.",
    )
    messages.command("list")(list_messages)
    messages.command()(resend)
    app.add_typer(messages, name="messages")


def list_messages(
    *,
    given_up: Annotated[
        bool, typer.Option("--given-up", help="Only those that are not tried any more.")
    ] = False,
    space: OfSpaceOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show messages and what became of them, the newest first."""
    from notion_gateway.notices.rules.retries import Progress

    async def work(operator: "Operator") -> "Sequence[Delivery]":
        progress = Progress.GIVEN_UP if given_up else None
        return await operator.deliveries.newest(limit, space_id=space, progress=progress)

    found = as_operator(work)
    if as_json:
        print_json([_shown(one) for one in found])
        return
    table = columns("Message", "Space", "Webhook", "Event", "Written", "What became of it")
    for one in found:
        why = f", {one.reason}" if one.reason else ""
        table.add_row(
            cell(one.delivery_id),
            cell(one.space_id),
            cell(one.webhook_id),
            cell(one.kind),
            _moment(one.created_at)[:16].replace("T", " "),
            f"{one.progress}{why}, {one.attempts} attempts".replace("_", " "),
        )
    print_table(table)


def resend(
    messages: Annotated[
        list[str] | None, typer.Argument(help="Their ids, as list shows them.", metavar="MESSAGE")
    ] = None,
    *,
    given_up: Annotated[
        bool, typer.Option("--given-up", help="All those that are not tried any more.")
    ] = False,
    space: OfSpaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send messages once more, with the same ids, for three days if need be.

    A gateway that runs begins within ten seconds. Exits with 1 where there is no such message.
    """
    if bool(messages) is given_up:
        raise Fault("Name messages, or add --given-up for all that were given up.", Exit.USAGE)
    if messages and space:
        raise Fault("--space goes with --given-up: a message is named by its id.", Exit.USAGE)

    async def work(operator: "Operator") -> "Sequence[Delivery]":
        now = operator.now().timestamp()
        if messages:
            return await operator.deliveries.resend_named(messages, now)
        return await operator.deliveries.resend_given_up(now, space)

    found = as_operator(work)
    if as_json:
        print_json([_shown(one) for one in found])
    missing = {*(messages or ())} - {one.delivery_id for one in found}
    if missing:
        raise Fault(f"There is no message {', '.join(sorted(missing))}.")
    if not as_json:
        hint(f"To be sent once more: {len(found)}. Within ten seconds, where a gateway runs.")


def _shown(one: "Delivery") -> dict[str, Any]:
    """As the API shows it to owners, with whose it is."""
    return {
        "delivery_id": one.delivery_id,
        "space_id": one.space_id,
        "webhook_id": one.webhook_id,
        "event": one.kind,
        "payload": one.payload,
        "progress": one.progress,
        "created_at": _moment(one.created_at),
        "attempts": one.attempts,
        "attempted_at": None if one.attempted_at is None else _moment(one.attempted_at),
        "give_up_at": _moment(one.give_up_at),
        "status": one.http_status,
        "reason": one.reason,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
