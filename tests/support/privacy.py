"""What an answer must say that has to do with a code or a state."""

from collections.abc import Mapping


def require_private(headers: Mapping[str, str]) -> None:
    """No cache keeps it, and nobody learns its address as a referrer."""
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
