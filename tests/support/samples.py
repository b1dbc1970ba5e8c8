"""Domain values with names short enough to read in a test."""

from datetime import UTC, datetime, timedelta

from notion_gateway.integration.rules.events import Client, Grant, TokenPair

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def grant(process_id: str = "p1", *, client_id: str = "c1", secret_id: str | None = None) -> Grant:
    return Grant(
        process_id=process_id,
        issuer="https://notion.example",
        resource="https://notion.example/mcp",
        client=Client(client_id=client_id, secret_id=secret_id),
        authorized_by="ann",
    )


def pair(
    name: str = "a", *, issued_at: datetime = NOW, lifetime: timedelta = timedelta(hours=1)
) -> TokenPair:
    """``name`` stands for both secrets and for the refresh token's hash."""
    return TokenPair(
        access_token_id=f"access-{name}",
        refresh_token_id=f"refresh-{name}",
        refresh_token_sha256=name.encode().hex().ljust(64, "0"),
        issued_at=issued_at,
        expires_at=issued_at + lifetime,
    )
