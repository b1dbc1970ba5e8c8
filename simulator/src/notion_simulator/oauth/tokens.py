"""The shape of Notion's codes and tokens: `<user uuid>:<16-char grant id>:<32-char secret>`."""

import hashlib
import secrets
import string
from dataclasses import dataclass

ALPHANUMERIC = string.ascii_letters + string.digits
GRANT_ID_LENGTH = 16
SECRET_LENGTH = 32


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token taken apart; `digest` (SHA-256 hex of the whole text) is all that is ever stored."""

    user_id: str
    grant_id: str
    digest: str


def random_text(length: int) -> str:
    """Returns `length` random ASCII letters and digits."""
    return "".join(secrets.choice(ALPHANUMERIC) for _ in range(length))


def new_token(user_id: str, grant_id: str) -> str:
    """Returns a fresh code or token of a grant."""
    return f"{user_id}:{grant_id}:{random_text(SECRET_LENGTH)}"


def digest(text: str) -> str:
    """Returns what is stored in place of a token or client secret."""
    return hashlib.sha256(text.encode()).hexdigest()


def parse_token(text: str) -> TokenText | None:
    """Takes a token apart; None if it is not of Notion's form."""
    parts = text.split(":")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - user, grant, secret
        return None
    return TokenText(user_id=parts[0], grant_id=parts[1], digest=digest(text))
