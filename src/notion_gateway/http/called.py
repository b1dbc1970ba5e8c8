"""Who called what, as far as it is known anyway: for the line in the log, and for the metrics."""

import json
from typing import Any, Final, final

from starlette.types import Scope

from notion_gateway.kernel.log import masked

CALLED: Final = "notion_gateway.called"
"""Where the scope holds it."""
_MAX_TOOLS: Final = 64


@final
class Called:
    """Each is empty where it is not known. ``token``: what the caller's token, or the login that
    it belongs to, is listed under; never the token. ``operation`` and ``tool``: MCP's, as the
    request's headers or a body that was looked at name them. ``client``: the program, as it calls
    itself. ``grant``: with which the call goes to Notion, ``shared`` or ``personal``, in a space
    that has both.

    There is one for each head that memory knows, not one for each call.
    """

    __slots__ = (
        "_fields",
        "_json",
        "_with_tools",
        "client",
        "grant",
        "operation",
        "space_id",
        "token",
        "tool",
        "user_id",
    )

    def __init__(
        self,
        user_id: str = "",
        token: str = "",
        space_id: str = "",
        operation: str = "",
        tool: str = "",
        client: str = "",
        grant: str = "",
    ) -> None:
        self.user_id = user_id
        self.token = token
        self.space_id = space_id
        self.operation = operation
        self.tool = tool
        self.client = client
        self.grant = grant
        self._fields: dict[str, str] | None = None
        self._json: str | None = None
        self._with_tools: dict[str, Called] = {}

    def with_tool(self, tool: str) -> "Called":
        """The same, where a body has named the tool. It is one that the caller's token allows."""
        found = self._with_tools.get(tool)
        if found is None:
            if len(self._with_tools) >= _MAX_TOOLS:
                self._with_tools.clear()
            found = Called(
                self.user_id,
                self.token,
                self.space_id,
                "tools/call",
                tool,
                self.client,
                self.grant,
            )
            self._with_tools[tool] = found
        return found

    def with_grant(self, grant: str) -> "Called":
        if grant == self.grant:
            return self
        return Called(
            self.user_id,
            self.token,
            self.space_id,
            self.operation,
            self.tool,
            self.client,
            grant,
        )

    @property
    def fields(self) -> dict[str, str]:
        """What is known, by the names that the log has for it."""
        if self._fields is None:
            named = {
                "user": self.user_id,
                "token": self.token,
                "space": self.space_id,
                "operation": self.operation,
                "tool": self.tool,
                "grant": self.grant,
            }
            self._fields = {name: str(masked(value)) for name, value in named.items() if value}
        return self._fields

    @property
    def members(self) -> str:
        """The same as further members of a JSON object, each after a comma."""
        if self._json is None:
            pairs = self.fields.items()
            self._json = "".join(f', "{name}": {json.dumps(value)}' for name, value in pairs)
        return self._json


NOBODY: Final = Called()


def note_called(scope: Scope, called: Called) -> None:
    """For the line that is written when the request has been answered."""
    scope[CALLED] = called


def called_of(scope: Scope) -> Called:
    found: Any = scope.get(CALLED, NOBODY)
    return found
