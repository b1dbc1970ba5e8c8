"""What a gateway on one machine needs to know people: an application's key, a space, a token."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from notion_gateway.cli.operating import operating

if TYPE_CHECKING:
    from notion_gateway.operations.operator import Operator
    from notion_gateway.settings import Settings

APPLICATION = "conversational-ui"
PRIVATE_KEY = "application.jwk"
APPLICATIONS = "applications.json"
TOKEN = "token"  # noqa: S105 - a file's name
MADE_HERE = (PRIVATE_KEY, APPLICATIONS, TOKEN)


def make_application(folder: Path) -> None:
    """A key pair for the front end: it signs with the one half, the gateway knows the other.

    What is there already is kept.
    """
    if (folder / PRIVATE_KEY).exists() and (folder / APPLICATIONS).exists():
        return
    private, applications = new_application(APPLICATION)
    _write_private(folder / PRIVATE_KEY, private)
    (folder / APPLICATIONS).write_text(applications)


def new_application(name: str) -> tuple[str, str]:
    """A new private key (a JWK), and the list for GATEWAY_APPLICATIONS that has its public half.
    Both are JSON in one line without spaces.
    """
    from joserfc.jwk import OKPKey

    key = OKPKey.generate_key("Ed25519")
    public = [{"name": name, "jwks": {"keys": [key.as_dict(private=False)]}}]
    return _compact(key.as_dict(private=True)), _compact(public)


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


def make_space(settings: "Settings", space_id: str, name: str, user: str) -> str:
    """The space, and the token with which its owner manages it, unless they are there. Neither,
    and an empty token, where they have deleted or left it: they make another in the front end.
    """
    from notion_gateway.access.gateway_tokens import TokenWish
    from notion_gateway.kernel.secret import Secret

    file = settings.gateway_data_dir / TOKEN
    kept = Secret(file.read_text().strip() if file.exists() else "")

    async def work(operator: "Operator") -> str:
        space = await operator.members.load(space_id)
        if space.deletion is not None:
            return ""
        if not space.exists:
            await operator.spaces.create(name, user, space_id)
        elif space.role_of(user) is None:
            return ""
        known = await operator.tokens.store.by_hash(kept.fingerprint())
        if known is not None and known.is_good(operator.tokens.clock.now()):
            return kept.reveal()
        wish = TokenWish(name="this machine", can_manage=True)
        _, token = await operator.tokens.issue(space_id, user, wish, by_anybody=True)
        return token.reveal()

    token = operating(settings, work)
    if token and token != kept.reveal():
        _write_private(file, token)
    return token


def _write_private(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{text}\n")
