"""``policy``: what may be called in a space."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.cli.output import (
    Exit,
    Fault,
    cell,
    columns,
    hint,
    print_json,
    print_table,
)
from notion_gateway.cli.policy_history import history
from notion_gateway.cli.target import (
    DEFAULT_SPACE,
    DEFAULT_URL,
    GatewayOption,
    JsonOption,
    SpaceOption,
    Target,
    UserOption,
    a_target,
)

if TYPE_CHECKING:
    from notion_gateway.policy.rules.document import PolicyDocument
    from notion_gateway.policy.rules.dry_run import Judged

FileArgument = Annotated[Path, typer.Argument(help="The policy; - is standard input.")]
VersionOption = Annotated[
    int | None,
    typer.Option(
        "--expected-version",
        min=0,
        help="The version you have seen; another one is refused. Without it, the newest.",
    ),
]


def add_to(app: typer.Typer) -> None:
    policy = typer.Typer(no_args_is_help=True, help="What may be called in a space.")
    policy.command()(show)
    policy.command("set")(set_policy)
    policy.command()(remove)
    policy.command()(history)
    policy.command("test")(try_policy)
    policy.command()(schema)
    app.add_typer(policy, name="policy")


def show(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    as_json: JsonOption = False,
) -> None:
    """Print a space's policy, so that it can be changed and set again.

    With --json also its version, and who set it when.
    """
    from notion_gateway.cli.client import GatewayClient

    with GatewayClient(a_target(gateway, space, user)) as client:
        found = client.policy()
    if as_json:
        print_json(found)
        return
    if not found.get("is_readable"):
        raise Fault("A newer gateway wrote this policy: nothing passes until it is set anew.")
    if found.get("policy") is None:
        hint(f"{space} has no policy: every call passes.")
        return
    print_json(found["policy"])
    _print_warnings(found)
    hint(f"Version {found['version']}, set by {found['set_by']} at {found['set_at']}.")


def set_policy(
    file: FileArgument,
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    expected_version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set a space's policy. What is none is refused with its line, and the old one stays."""
    from notion_gateway.cli.client import GatewayClient

    text = _text(file)
    _require_form(text)
    with GatewayClient(a_target(gateway, space, user)) as client:
        if expected_version is None:
            expected_version = int(client.policy()["version"])
        done = client.set_policy(text, expected_version)
    if as_json:
        print_json(done)
    _print_warnings(done)
    hint(f"{space} has version {done['version']} of its policy, within two seconds everywhere.")


def _print_warnings(answer: dict[str, Any]) -> None:
    for one in answer.get("warnings", []):
        hint(one["detail"])


def remove(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    expected_version: VersionOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a space's policy: every call passes then."""
    from notion_gateway.cli.client import GatewayClient

    if not yes:
        if not sys.stdin.isatty():
            raise Fault("Nobody is there to confirm: add --yes.", Exit.USAGE)
        typer.confirm(f"Let everybody in {space} call everything?", abort=True, err=True)
    with GatewayClient(a_target(gateway, space, user)) as client:
        if expected_version is None:
            expected_version = int(client.policy()["version"])
        client.remove_policy(expected_version)
    hint(f"{space} has no policy any more: every call passes.")


def try_policy(
    file: FileArgument,
    *,
    calls: Annotated[
        Path | None,
        typer.Option(
            help="Calls to try, one in each line: what audit export prints,"
            ' {"tool": …, "arguments": {…}}, or a tools/call message; - is standard input. Without'
            " it, every tool."
        ),
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="As if with this gateway token, by its id.")
    ] = None,
    client: Annotated[
        str | None, typer.Option(help="As if by this OAuth client, by its client id.")
    ] = None,
    offline: Annotated[
        bool,
        typer.Option(
            "--offline",
            help="Ask no gateway: what the space's catalogue says of new tools counts for nothing.",
        ),
    ] = False,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    as_json: JsonOption = False,
) -> None:
    """Show what a policy would make of calls in a space, and by which rule. Sets nothing.

    Asks the space's gateway which tools Notion lists, what they say of themselves, and what of it
    an owner has seen.

    Of calls that were recorded: audit export --since 7d | policy test FILE --calls -
    """
    from notion_gateway.cli.known_tools import KnownTools, known_tools
    from notion_gateway.policy.rules.dry_run import dry_run, every_tool, read_calls
    from notion_gateway.policy.rules.reading import read_policy

    text = _text(file)
    _require_form(text)
    target = None if offline else a_target(gateway, space, user)
    known = KnownTools() if target is None else known_tools(target)
    policy = read_policy(text, known.nameable)
    if target is not None:
        _print_unknown_callers(target, policy)
    if calls is None:
        given = every_tool(policy, token, known.names)
    else:
        given = read_calls(_text(calls), token)
    if client is not None:
        given = [replace(one, client=client) for one in given]
    found = list(dry_run(policy, given, known.listed))
    if as_json:
        print_json([_judged(one) for one in found])
    else:
        _print_judged(found, are_given=calls is not None)


def _print_unknown_callers(target: Target, policy: "PolicyDocument") -> None:
    """For owners: others do not see which tokens and clients their space has."""
    from notion_gateway.cli.client import GatewayClient
    from notion_gateway.policy.rules.unknown_callers import names_callers, unknown_callers

    if not names_callers(policy):
        return
    with GatewayClient(target) as client:
        listed = client.tokens() if client.role() == "owner" else None
    if listed is not None:
        tokens = {one["token_id"] for one in listed}
        clients = {one["client_id"] for one in listed}
        for one in unknown_callers(policy, tokens, clients):
            hint(one.detail)


def schema() -> None:
    """Print the JSON schema of policies, which editors complete and check by. Asks no gateway."""
    from notion_gateway.policy.rules.document import json_schema

    print_json(json_schema())


def _judged(one: "Judged") -> dict[str, Any]:
    return {
        "tool": one.call.tool,
        "arguments": one.call.arguments,
        "calls": one.call.count,
        "effect": one.decision.effect,
        "rule": one.decision.rule,
        "by_arguments": [{"effect": each.effect, "rule": each.rule} for each in one.stricter],
    }


def _print_judged(found: "Sequence[Judged]", *, are_given: bool) -> None:
    """Of given calls, those that are the same are one row."""
    rows: Counter[tuple[str, ...]] = Counter()
    effects: Counter[str] = Counter()
    for one in found:
        rows[_row(one, are_given=are_given)] += one.call.count
        effects[one.decision.effect] += one.call.count
    given = ("Arguments", "Calls") if are_given else ()
    table = columns("Tool", *given, "What happens", "By which rule")
    for (tool, *arguments, happens, rules), count in rows.items():
        counted = [*arguments, f"{count}"] if are_given else []
        table.add_row(*map(cell, [tool, *counted, happens, rules]))
    print_table(table)
    if are_given:
        said = ", ".join(f"{count} {effect}" for effect, count in effects.items())
        hint(f"Calls: {said or 'none'}.")
        if any(one.call.arguments is None for one in found):
            hint("Arguments - were not recorded whole: no rule about them could be tried.")


def _row(one: "Judged", *, are_given: bool) -> tuple[str, ...]:
    arguments = one.call.arguments
    shown = json.dumps(arguments, ensure_ascii=False) if arguments else ""
    decided = [one.decision, *one.stricter]
    effects = dict.fromkeys(str(each.effect) for each in decided)
    rules = dict.fromkeys(each.rule for each in decided)
    return (
        one.call.tool,
        *(["-" if arguments is None else shown] if are_given else []),
        ", or by arguments ".join(effects),
        "; ".join(rules),
    )


def _require_form(text: str) -> None:
    """Before the gateway is asked. Which tools may be named is its to say: it knows what Notion
    lists for the space.
    """
    from notion_gateway.policy.rules.reading import read_form

    read_form(text)


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except OSError as fault:
        raise Fault(f"{file} cannot be read ({fault.strerror}).", Exit.USAGE) from None
    except UnicodeDecodeError:
        raise Fault(f"{file} is not UTF-8.", Exit.USAGE) from None
