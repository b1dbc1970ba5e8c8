"""Which gateway a command speaks to, for which space, as whom."""

import getpass
import os
import re
import time
from dataclasses import dataclass, field, replace
from typing import Annotated
from urllib.parse import urlsplit

import typer

from notion_gateway.cli.output import Exit, Fault
from notion_gateway.kernel.addresses import is_loopback_name
from notion_gateway.kernel.identifiers import is_space_id, is_user_id

DEFAULT_URL = "http://localhost:8000"
DEFAULT_SPACE = "demo"
_RENEWED_BEFORE_SECONDS = 60.0


TOKEN_VARIABLE = "NOTION_GATEWAY_TOKEN"  # noqa: S105 - a variable's name
"""A variable only, and no option: what stands on a command line, everybody can see."""
TOKEN_FILE_VARIABLE = f"{TOKEN_VARIABLE}_FILE"
"""Names a file that holds it."""


@dataclass(frozen=True, slots=True)
class Target:
    """``url`` has no slash at its end. With a ``token``, it alone says who calls. ``is_login``:
    that is one that somebody logged in for, by `notion-gateway login`.
    """

    url: str
    space_id: str
    user_id: str
    token: str | None = field(default=None, repr=False)
    is_login: bool = False

    @property
    def headers(self) -> dict[str, str]:
        if self.token is not None:
            return {"authorization": f"Bearer {self.token}", "x-space-id": self.space_id}
        return {"x-user-id": self.user_id, "x-space-id": self.space_id}

    @property
    def is_local(self) -> bool:
        """A proxy from the environment is of no use on the way to this machine."""
        return is_loopback_name(urlsplit(self.url).hostname or "")


def a_target(gateway: str, space: str, user: str) -> Target:
    """With the token of the environment, where there is one; else with that of a login at this
    gateway for this space. Raises Fault for a file that is named there and holds none, and for a
    login that has ended.
    """
    target = Target(gateway, space, user, _token())
    if target.token is not None:
        return target
    token = _login_token(target)
    return target if token is None else replace(target, token=token, is_login=True)


def _login_token(target: Target) -> str | None:
    """Renewed, where it is about to expire. Of several commands at once one renews it, and the
    others take what that one got.
    """
    from notion_gateway.cli.kept_logins import KeptLogins, login_folder

    kept = KeptLogins(login_folder())
    found = kept.get(target.url, target.space_id)
    if found is None or time.time() < found.expires_at - _RENEWED_BEFORE_SECONDS:
        return None if found is None else found.access_token
    from notion_gateway.cli.device_login import LoginEnded, LoginEndpoints

    with kept.alone():
        found = kept.get(target.url, target.space_id) or found
        if time.time() < found.expires_at - _RENEWED_BEFORE_SECONDS:
            return found.access_token
        try:
            renewed = LoginEndpoints(target).renew(found)
        except LoginEnded:
            kept.remove(target.url, target.space_id)
            raise
        kept.put(renewed)
    return renewed.access_token


def _token() -> str | None:
    names = (TOKEN_VARIABLE, TOKEN_FILE_VARIABLE)
    given = {one: os.environ[one] for one in names if os.environ.get(one, "").strip()}
    if TOKEN_FILE_VARIABLE in given:
        from notion_gateway.settings import ConfigurationError
        from notion_gateway.settings.secret_files import with_files_read

        try:
            given = with_files_read(given, [TOKEN_VARIABLE])
        except ConfigurationError as fault:
            raise Fault(str(fault), Exit.USAGE) from None
    return given.get(TOKEN_VARIABLE, "").strip() or None


def login_name() -> str:
    """The operating system's user, in the alphabet of user ids."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        name = f"uid-{os.getuid()}"
    cleaned = re.sub(r"[^A-Za-z0-9._-]", "-", name).lstrip("._-")
    return cleaned[:200] or "somebody"


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise typer.BadParameter("an http or https address is needed")
    if parts.scheme == "http" and not is_loopback_name(parts.hostname):
        raise typer.BadParameter("plain http is for this machine only; use https")
    return value.rstrip("/")


def a_space(value: str) -> str:
    if not is_space_id(value):
        raise typer.BadParameter("letters, digits and . _ : @ | + ~ - only, at most 200")
    return value


def a_user(value: str) -> str:
    if not is_user_id(value):
        raise typer.BadParameter("1 to 255 characters, all of which can be shown")
    return value


GatewayOption = Annotated[
    str,
    typer.Option("--gateway", envvar="NOTION_GATEWAY_URL", callback=_url, help="The gateway."),
]
SpaceOption = Annotated[
    str,
    typer.Option("--space", envvar="NOTION_GATEWAY_SPACE", callback=a_space, help="The space."),
]
UserOption = Annotated[
    str,
    typer.Option(
        "--user",
        envvar="NOTION_GATEWAY_USER",
        callback=a_user,
        help="Who you are.",
        default_factory=login_name,
        show_default="your login name",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, for scripts; exit codes stay the same.")
]
