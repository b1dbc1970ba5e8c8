"""Who acts with whose connection, in words; such as those that are read before a consent."""

from typing import Any


def lent_rights(choice: dict[str, Any], space: str, *, mine: bool) -> str:
    """``choice``: with whose connections people act in the space, as the gateway says it."""
    if mine:
        return (
            "Only you act with this connection, in your own name: here, in the MCP clients that you"
            " log in, and with your gateway tokens."
        )
    they = _users(choice, space)
    if they is None:
        return (
            f"Nobody acts with this connection: everybody in {space} uses their own, and service"
            " tokens, machines and workloads reach nothing."
        )
    return f"You lend your rights to {they}: they act in Notion in your name."


def people_act_with(mode: str) -> str:
    return {
        "shared": "the space's connection",
        "personal": "their own",
        "personal_else_shared": "their own where they have one, else the space's",
    }.get(mode, mode)


def service_tokens_act_with(choice: dict[str, Any]) -> str:
    uses = choice["mode"] == "shared" or choice["service_tokens_use_shared"]
    return "the space's connection" if uses else "none: they reach nothing"


def _users(choice: dict[str, Any], space: str) -> str | None:
    programs = "the space's service tokens, machines and workloads"
    if choice["mode"] == "shared":
        return f"everybody in {space}, and {programs}"
    uses = choice["service_tokens_use_shared"]
    if choice["mode"] == "personal_else_shared":
        others = f"everybody in {space} who has not connected their own Notion"
        return f"{others}, and {programs}" if uses else others
    return programs if uses else None
