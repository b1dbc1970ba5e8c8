"""Text from elsewhere, cut to what may be shown and stored."""


def short_text(value: object, limit: int = 200) -> str | None:
    """The printable characters of a string, at most ``limit`` of them; None where none is left."""
    if not isinstance(value, str):
        return None
    return "".join(char for char in value if char.isprintable())[:limit] or None
