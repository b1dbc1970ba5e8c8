"""What the headers of a call say of its body: that it is plain JSON, and what they repeat of it.

The same of every call with the same head, so that they are read once for all of those.
"""

from dataclasses import dataclass, replace
from typing import Final, NoReturn

from notion_gateway.kernel.mcp_headers import decoded
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.policy.errors import CallUnclear

_OTHER_METHOD: Final = frozenset(
    {b"x-http-method-override", b"x-http-method", b"x-method-override"}
)


@dataclass(frozen=True, slots=True)
class CallHeaders:
    """Of a body in plain JSON. ``method``, ``name`` and ``arguments`` are what ``Mcp-Method``,
    ``Mcp-Name`` and the headers ``Mcp-Param-`` repeat (2026-07-28); None, and none, elsewhere.
    """

    method: str | None = None
    name: str | None = None
    arguments: frozenset[str] = frozenset()

    @property
    def repeat_nothing(self) -> bool:
        return self.method is None and self.name is None and not self.arguments


def read_headers(headers: RawHeaders) -> CallHeaders:
    """``headers`` as they go on to Notion. Raises CallUnclear."""
    _require_plain_json(headers)
    return CallHeaders(
        _repeated(headers, b"mcp-method"),
        _repeated(headers, b"mcp-name"),
        _arguments(headers),
    )


def with_arguments(read: CallHeaders, headers: RawHeaders) -> CallHeaders:
    """The same with what of ``headers`` repeats arguments. Raises CallUnclear."""
    arguments = _arguments(headers)
    return replace(read, arguments=read.arguments | arguments) if arguments else read


def _arguments(headers: RawHeaders) -> frozenset[str]:
    return frozenset(_decoded(value) for name, value in headers if name.startswith(b"mcp-param-"))


def unclear(why: str) -> NoReturn:
    raise CallUnclear(
        f"This space has a policy, and the call can be read in more than one way: {why} Send one"
        " plain JSON-RPC message in UTF-8."
    )


def _require_plain_json(headers: RawHeaders) -> None:
    """Also where the header is missing or doubled: a reader may go by what it finds in the body."""
    types = [value for name, value in headers if name == b"content-type"]
    if len(types) != 1:
        unclear("Content-Type is missing, or stands twice.")
    kind, *more = [one.strip() for one in types[0].lower().split(b";")]
    if kind != b"application/json" or not all(_is_utf8(one) for one in more):
        unclear("Content-Type is not application/json in UTF-8.")
    for name, value in headers:
        if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            unclear("the body is compressed.")
        if name in _OTHER_METHOD:
            unclear("a header asks for another method.")


def _is_utf8(parameter: bytes) -> bool:
    name, _, value = parameter.partition(b"=")
    return name.strip() == b"charset" and value.strip(b' "') in (b"utf-8", b"utf8")


def _repeated(headers: RawHeaders, name: bytes) -> str | None:
    found = [value for key, value in headers if key == name]
    if len(found) > 1:
        unclear(f"the header {name.decode()} stands twice.")
    return _decoded(found[0]) if found else None


def _decoded(given: bytes) -> str:
    try:
        return decoded(given)
    except ValueError:
        unclear("a header cannot be decoded.")
