"""The address that a request was sent to, in the caller's own spelling."""

from urllib.parse import unquote

from starlette.types import Scope

from notion_gateway.kernel.own_address import OwnAddress


def called_base(scope: Scope, own: OwnAddress) -> str:
    """The public URL, with the host as the caller named it where that is one of this gateway's.

    Clients compare what metadata says with what they called (RFC 9728 section 3.3).
    """
    for name, value in scope["headers"]:
        if name == b"host":
            return own.as_called(value.decode("latin-1"))
    return own.url


def written_path(scope: Scope) -> str:
    """The path with the caller's escapes; the plain one where there is no other."""
    written: str = scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1")
    return written if unquote(written) == scope["path"] else scope["path"]
