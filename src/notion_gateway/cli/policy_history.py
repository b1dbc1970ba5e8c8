"""``policy history``: what may be called in a space, and what might be before."""

from typing import Annotated, Any

import typer

from notion_gateway.cli.output import Fault, cell, columns, hint, print_json, print_table
from notion_gateway.cli.target import (
    DEFAULT_SPACE,
    DEFAULT_URL,
    GatewayOption,
    JsonOption,
    SpaceOption,
    UserOption,
    a_target,
)


def history(
    *,
    version: Annotated[
        int | None, typer.Option(min=1, help="Print this one, so that it can be set again.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    before: Annotated[int | None, typer.Option(min=1, help="Those before this version.")] = None,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    as_json: JsonOption = False,
) -> None:
    """Show each policy that a space has had: when it was set, and by whom. The newest come last."""
    from notion_gateway.cli.client import GatewayClient

    if version is not None:
        limit, before = 1, version + 1
    with GatewayClient(a_target(gateway, space, user)) as client:
        found = client.policy_history(limit, before)
    changes: list[dict[str, Any]] = found["events"]
    if version is not None:
        _print_one(space, version, changes)
        return
    if as_json:
        print_json(found)
        return
    if not changes:
        hint(f"{space} has had no policy.")
        return
    table = columns("Version", "When (UTC)", "By", "Policy")
    for one in changes:
        table.add_row(
            str(one["version"]),
            cell(str(one.get("at") or "")[:19].replace("T", " ")),
            cell(one.get("by")),
            cell(_said(one)),
        )
    print_table(table)
    if found.get("before"):
        hint(f"There are more: --before {found['before']} shows them.")


def _print_one(space: str, version: int, changes: list[dict[str, Any]]) -> None:
    if [one["version"] for one in changes] != [version]:
        raise Fault(f"{space} has had no version {version} of its policy: look at policy history.")
    (one,) = changes
    if one.get("policy") is None:
        raise Fault(f"With version {version}, {one.get('by')} removed the policy.")
    print_json(one["policy"])
    hint(f"Version {version}, set by {one.get('by')} at {one.get('at')}.")


def _said(change: dict[str, Any]) -> str:
    policy = change.get("policy")
    if policy is None:
        return "removed" if change.get("type") == "SpacePolicyRemoved" else "of a newer gateway"
    counted = (
        ("tools", len(policy.get("tools", {}))),
        ("rules about arguments", len(policy.get("arguments", []))),
        ("callers", len(policy.get("callers", []))),
    )
    named = [f"{what}: {count}" for what, count in counted if count]
    return ", ".join([str(policy.get("preset")), *named])
