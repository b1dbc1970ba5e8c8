"""``audit keep`` and ``audit contents``: what is recorded of a space's calls, and for how long."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from notion_gateway.cli.output import Exit, Fault, print_json, print_text
from notion_gateway.cli.target import (
    DEFAULT_SPACE,
    DEFAULT_URL,
    GatewayOption,
    JsonOption,
    SpaceOption,
    UserOption,
    a_target,
)


def keep(
    *,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="From now on so many days after the call.")
    ] = None,
    as_operator: Annotated[
        bool, typer.Option("--as-operator", help="From now on as GATEWAY_AUDIT_DAYS says.")
    ] = False,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
    as_json: JsonOption = False,
) -> None:
    """Show or set how long calls of a space are kept. Only who owns the space can set it.

    Older entries are deleted within some hours, and do not come back.
    """
    from notion_gateway.cli.client import GatewayClient

    if days is not None and as_operator:
        raise Fault("Either --days or --as-operator.", Exit.USAGE)
    with GatewayClient(a_target(gateway, space, user)) as client:
        sets = days is not None or as_operator
        found = client.keep_audit(days) if sets else client.audit_keeping()
    if as_json:
        print_json(found)
        return
    kept = f"for {found['days']} days" if found["days"] else "for ever"
    if found.get("own_days") is None:
        print_text(f"Calls of {space} are kept {kept}, as the gateway's operator has set.")
    else:
        by, at = found["set_by"], found["set_at"]
        print_text(f"Calls of {space} are kept {kept}, as {by} has set at {at}.")


def contents(
    *,
    arguments: Annotated[
        bool | None,
        typer.Option("--arguments/--no-arguments", help="Whether arguments are recorded."),
    ] = None,
    results: Annotated[
        bool | None, typer.Option("--results/--no-results", help="Whether results are recorded.")
    ] = None,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
    as_json: JsonOption = False,
) -> None:
    """Show or set whether what is said in calls is recorded. Only who owns the space can set it.

    What looks like a credential is left out, and what is long is cut. Members see that it is set.
    """
    from notion_gateway.cli.client import GatewayClient

    with GatewayClient(a_target(gateway, space, user)) as client:
        found = client.audit_contents()
        if arguments is not None or results is not None:
            found = client.set_audit_contents(
                arguments=found["arguments"] if arguments is None else arguments,
                results=found["results"] if results is None else results,
            )
    if as_json:
        print_json(found)
        return
    print_text(said_of(found) or "Neither arguments nor results of calls are recorded.")


def said_of(contents: Mapping[str, Any]) -> str:
    """Empty where nothing is recorded of what is said in calls."""
    names = [name for name in ("arguments", "results") if contents.get(name)]
    if not names:
        return ""
    what, at = " and ".join(names).capitalize(), str(contents.get("set_at"))[:19]
    by = contents.get("set_by")
    return f"{what} of calls are recorded here, redacted and cut: {by} has set that at {at}."
