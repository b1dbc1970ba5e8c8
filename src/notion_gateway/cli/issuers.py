"""``issuers``: whose word about people counts, as the gateway's operator."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.cli.operating import OPERATOR, as_operator
from notion_gateway.cli.output import cell, columns, hint, print_json, print_table
from notion_gateway.cli.target import JsonOption

if TYPE_CHECKING:
    from notion_gateway.operations.operator import Operator

IssuerArgument = Annotated[str, typer.Argument(help="Its address, or its name in the settings.")]


def add_to(app: typer.Typer) -> None:
    issuers = typer.Typer(
        no_args_is_help=True,
        help="Issuers of identities. These commands work on the gateway's database.",
    )
    issuers.command("list")(list_issuers)
    issuers.command()(people)
    issuers.command()(forget)
    issuers.command()(revoke)
    issuers.command()(restore)
    app.add_typer(issuers, name="issuers")


def list_issuers(*, as_json: JsonOption = False) -> None:
    """Show those that the settings name, and those that are revoked."""

    async def work(operator: "Operator") -> list[dict[str, Any]]:
        revoked = {one.issuer: one for one in await operator.issuers.revoked()}
        named = operator.issuers.named
        return [
            {
                "issuer": issuer,
                "name": named.get(issuer),
                "revoked_at": revoked[issuer].revoked_at.isoformat() if issuer in revoked else None,
                "revoked_by": revoked[issuer].revoked_by if issuer in revoked else None,
            }
            for issuer in dict.fromkeys([*named, *revoked])
        ]

    found = as_operator(work)
    if as_json:
        print_json(found)
        return
    if not found:
        hint("The settings name none: GATEWAY_IDENTITY_ISSUERS, GATEWAY_OIDC_ISSUER.")
        return
    table = columns("Issuer", "Name", "Revoked")
    for one in found:
        revoked = (one["revoked_at"] or "no")[:16].replace("T", " ")
        table.add_row(cell(one["issuer"]), cell(one["name"] or "not in the settings"), revoked)
    print_table(table)


def people(*, issuer: IssuerArgument, as_json: JsonOption = False) -> None:
    """Show who its people are here."""

    async def work(operator: "Operator") -> list[dict[str, Any]]:
        return [
            {
                "subject": one.subject,
                "user_id": one.user_id,
                "email": one.email,
                "linked_at": one.linked_at.isoformat(),
                "confirmed_at": None if one.confirmed_at is None else one.confirmed_at.isoformat(),
            }
            for one in await operator.issuers.people(issuer)
        ]

    found = as_operator(work)
    if as_json:
        print_json(found)
        return
    table = columns("Subject", "User", "Linked by", "Last heard of")
    for one in found:
        heard = (one["confirmed_at"] or "never")[:16].replace("T", " ")
        table.add_row(
            cell(one["subject"]), cell(one["user_id"]), cell(one["email"] or "subject"), heard
        )
    print_table(table)


def forget(
    *,
    issuer: IssuerArgument,
    subject: Annotated[str, typer.Argument(help="As `issuers people` shows it.")],
) -> None:
    """Undo a person's link, so that their address can be linked to another subject.

    What they have stays: remove them from their spaces with `spaces remove-member`.
    """

    async def work(operator: "Operator") -> None:
        await operator.issuers.forget(issuer, subject)

    as_operator(work)
    hint("Forgotten: the issuer's next word about them links them anew.")


def revoke(*, issuer: IssuerArgument) -> None:
    """Believe it no longer: its people's sessions end within two seconds on every gateway.

    Who belongs to a space by its word alone does not belong until it is restored.
    """

    async def work(operator: "Operator") -> int:
        return await operator.issuers.revoke(issuer, OPERATOR)

    ended = as_operator(work)
    hint(f"Revoked. Logins of programs that ended with it: {ended}.")


def restore(*, issuer: IssuerArgument) -> None:
    """Believe it again. Programs log in anew.

    People who had signed in before are signed in again, for as long as that would have lasted.
    """

    async def work(operator: "Operator") -> None:
        await operator.issuers.restore(issuer)

    as_operator(work)
    hint("Restored.")
