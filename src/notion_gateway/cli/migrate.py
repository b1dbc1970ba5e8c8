"""``migrate``: brings the database's tables to this version's, apart from any start."""

import typer

from notion_gateway.cli.output import Exit, Fault, hint, print_json
from notion_gateway.cli.serving import configuration_faults
from notion_gateway.cli.target import JsonOption
from notion_gateway.kernel.errors import StoreUnfit


def add_to(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(*, as_json: JsonOption = False) -> None:
    """Bring the database's tables to this version's, while gateways go on working.

    Gateways of the version before go on serving, as far as docs/scaling.md says. A database that
    is this version's already, or a newer one's, stays as it is. Exits with 5 where this version
    cannot work with it.
    """
    import anyio

    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.settings import load_settings
    from notion_gateway.storage.opening import migrate as bring_up
    from notion_gateway.storage.schema import REVISION
    from notion_gateway.storage.schema_version import fit

    with configuration_faults():
        settings = load_settings()
        configure_logging(settings.gateway_log_format, "error")
        try:
            found = anyio.run(bring_up, settings)
        except StoreUnfit as fault:
            raise Fault(str(fault), Exit.MISFIT) from None
    is_done = not fit(found, REVISION).can_be_served
    now = REVISION if is_done else found
    if as_json:
        print_json({"from": found, "to": now, "migrated": is_done})
    if is_done:
        hint(f"The tables are at {now} now; they were at {found or 'nothing: there were none'}.")
    else:
        hint(f"Nothing to do: the tables are at {now}, which this version works with.")
