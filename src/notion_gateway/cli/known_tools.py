"""What a space's gateway knows of its tools, for a policy that is tried at the command line."""

from dataclasses import dataclass, field
from typing import Any

from notion_gateway.cli.client import GatewayClient
from notion_gateway.cli.target import Target
from notion_gateway.policy.rules.reading import stored_policy, tools_named
from notion_gateway.policy.rules.tools import ListedTools


@dataclass(frozen=True, slots=True)
class KnownTools:
    """``names``: of the tools that Notion lists. ``listed``: what a policy goes by of them.
    ``nameable``: what it may name, though this version does not know it.
    """

    names: frozenset[str] = frozenset()
    listed: ListedTools = field(default_factory=ListedTools)
    nameable: frozenset[str] = frozenset()


def known_tools(target: Target) -> KnownTools:
    """As the gateway goes by them for a call in the space."""
    with GatewayClient(target) as client:
        catalogue, current = client.catalogue(), client.policy()
    tools: list[dict[str, Any]] = catalogue["tools"] if catalogue["is_on"] else []
    listed = ListedTools(
        reading=frozenset(one["name"] for one in tools if one["is_reading"]),
        seen=frozenset(one["name"] for one in tools if one["is_seen"]),
    )
    policy = stored_policy(current.get("policy"))
    named = frozenset[str]() if policy is None else tools_named(policy)
    return KnownTools(frozenset(one["name"] for one in tools), listed, listed.nameable() | named)
