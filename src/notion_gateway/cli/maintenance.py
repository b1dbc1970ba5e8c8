"""``maintenance``: deletes rows that have had their time now, or says which it would."""

from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli.output import cell, columns, hint, print_json, print_table
from notion_gateway.cli.serving import configuration_faults
from notion_gateway.cli.target import JsonOption

if TYPE_CHECKING:
    from notion_gateway.operations.maintenance import Deleted, OldRows
    from notion_gateway.storage.old_rows import Counted


def add_to(app: typer.Typer) -> None:
    app.command()(maintenance)


def maintenance(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Delete nothing; show what would go, and why.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete rows that have had their time, while gateways go on working.

    One of the gateways does it every six hours by itself. By hand it is done at once, in the same
    small batches, whoever else is at it.
    """
    import anyio

    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.operations.maintenance import open_by_hand
    from notion_gateway.settings import load_settings

    with configuration_faults():
        settings = load_settings()
    configure_logging(settings.gateway_log_format, "error")

    async def look() -> "list[tuple[OldRows, Counted]]":
        async with open_by_hand(settings) as found:
            return [(one, await one.count(found.now())) for one in found.rows]

    async def work() -> "Deleted":
        async with open_by_hand(settings) as found:
            return await found.maintenance.now()

    with configuration_faults():
        if dry_run:
            _show(anyio.run(look), as_json=as_json)
            return
        deleted = anyio.run(work)
    if as_json:
        print_json(deleted)
    for table, rows in deleted.items():
        if rows:
            hint(f"{table}: {rows} rows deleted.")
    if not any(deleted.values()):
        hint("Nothing to do: no row has had its time.")


def _show(found: "list[tuple[OldRows, Counted]]", *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {"table": one.table, "old": rows.old, "kept": rows.kept, "rule": one.rule}
                for one, rows in found
            ]
        )
        return
    table = columns("Table", "Would go", "Kept", "A row goes")
    for one, rows in found:
        table.add_row(cell(one.table), str(rows.old), str(rows.kept), cell(one.rule))
    print_table(table)
