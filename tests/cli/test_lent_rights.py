"""Whose rights a connection lends to whom, as the command line says it before a consent."""

import pytest

from notion_gateway.cli.lent_rights import lent_rights

PROGRAMS = "the space's service tokens, machines and workloads"


@pytest.mark.parametrize(
    ("mode", "service", "said"),
    [
        ("shared", True, f"You lend your rights to everybody in birch, and {PROGRAMS}:"),
        ("shared", False, f"You lend your rights to everybody in birch, and {PROGRAMS}:"),
        (
            "personal_else_shared",
            True,
            (
                "You lend your rights to everybody in birch who has not connected their own Notion,"
                f" and {PROGRAMS}:"
            ),
        ),
        (
            "personal_else_shared",
            False,
            "You lend your rights to everybody in birch who has not connected their own Notion:",
        ),
        ("personal", True, f"You lend your rights to {PROGRAMS}:"),
        (
            "personal",
            False,
            (
                "Nobody acts with this connection: everybody in birch uses their own, and service"
                " tokens, machines and workloads reach nothing."
            ),
        ),
    ],
)
def test_the_shared_connection_is_for_whom_the_space_says(
    mode: str, said: str, *, service: bool
) -> None:
    choice = {"mode": mode, "service_tokens_use_shared": service}

    assert lent_rights(choice, "birch", mine=False).startswith(said)
    assert lent_rights(choice, "birch", mine=True).startswith("Only you act with this connection,")
