"""Random names and secrets. Rules never call these: what they need is given to them."""

import secrets
import uuid


def random_token() -> str:
    """256 random bits, URL-safe, 43 characters."""
    return secrets.token_urlsafe(32)


def random_identifier() -> str:
    """A new unique name, a UUID."""
    return str(uuid.uuid4())


def random_bytes(count: int) -> bytes:
    return secrets.token_bytes(count)
