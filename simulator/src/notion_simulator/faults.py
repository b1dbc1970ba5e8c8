"""Faults a test can order, and which of them applies to a request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

Target = Literal["token", "revoke", "register", "metadata", "mcp", "model"]
Kind = Literal[
    "status",
    "overload",
    "delay",
    "delay_after",
    "drop_before",
    "drop_after",
    "garbage",
    "cut",
    "replace_body",
    "patch_body",
    "endless",
    "slow",
]
NEEDED_FIELDS: Mapping[Kind, str] = {
    "status": "status",
    "delay": "delay_seconds",
    "delay_after": "delay_seconds",
    "cut": "at_byte",
    "replace_body": "body",
    "patch_body": "body",
    "slow": "delay_seconds",
}


class Fault(BaseModel):
    """An ordered fault.

    status: answered instead of the real thing, nothing changes on the server.
    overload: the same with 529 `service_overload` and Retry-After.
    delay: waits `delay_seconds`, then goes on. delay_after: the change happens,
    then the answer waits. drop_before: the socket closes, nothing changed.
    drop_after: the change happened, then the socket closes without a byte.
    garbage: the change happened, the answer is not JSON. cut: the first
    `at_byte` bytes of the body, then the socket closes. replace_body: the
    change happened, `body` is told instead (`status` and `headers` too, if set).
    patch_body: the true JSON answer with `body` merged in, where null removes a
    member (RFC 7396). endless: a 200 whose body does not end, nothing changed.
    slow: a tool call works for `delay_seconds` before anything changes, telling
    its progress; it can be cancelled meanwhile, and then nothing has changed.

    `grant_type` narrows token faults, `rpc_method` and `tool` narrow mcp faults.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Target
    kind: Kind
    status: Annotated[int | None, Field(ge=200, le=599)] = None
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    delay_seconds: Annotated[float, Field(gt=0)] | None = None
    at_byte: Annotated[int, Field(ge=0)] | None = None
    times: Annotated[int, Field(ge=1)] | None = 1
    grant_type: str | None = None
    rpc_method: str | None = None
    tool: str | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> "Fault":
        field = NEEDED_FIELDS.get(self.kind)
        if field is not None and getattr(self, field) is None:
            message = f"a fault of kind {self.kind!r} needs {field}"
            raise ValueError(message)
        if self.kind == "patch_body" and not _is_json_object(self.body or ""):
            message = "the body of a patch_body fault must be a JSON object"
            raise ValueError(message)
        if self.kind == "slow" and self.target != "mcp":
            message = "only calls of tools can be slow: the target must be mcp"
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a request is about, as far as a fault may ask."""

    target: Target
    grant_type: str | None = None
    rpc_method: str | None = None
    tool: str | None = None


def matches(fault: Fault, facts: RequestFacts) -> bool:
    """Whether `fault` is meant for a request like this."""
    if fault.kind == "slow" and facts.tool is None:
        return False
    return fault.target == facts.target and all(
        wanted is None or wanted == actual
        for wanted, actual in (
            (fault.grant_type, facts.grant_type),
            (fault.rpc_method, facts.rpc_method),
            (fault.tool, facts.tool),
        )
    )


def rpc_facts(body: bytes) -> RequestFacts:
    """Returns the method and tool of a JSON-RPC body, as far as it is one."""
    try:
        message: object = json.loads(body)
    except ValueError:
        return RequestFacts("mcp")
    if not isinstance(message, dict):
        return RequestFacts("mcp")
    fields = cast("dict[str, Any]", message)
    params: object = fields.get("params")
    name: object = cast("dict[str, Any]", params).get("name") if isinstance(params, dict) else None
    method: object = fields.get("method")
    return RequestFacts(
        "mcp",
        rpc_method=method if isinstance(method, str) else None,
        tool=name if isinstance(name, str) and method == "tools/call" else None,
    )


def merged(answer: bytes, patch: str) -> bytes:
    """Returns a JSON answer with a merge patch (RFC 7396) applied to its top level and below."""
    return json.dumps(_merge(json.loads(answer), json.loads(patch))).encode()


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _merge(target: object, patch: object) -> object:
    if not isinstance(patch, dict):
        return patch
    result = dict(cast("dict[str, object]", target)) if isinstance(target, dict) else {}
    for key, value in cast("dict[str, object]", patch).items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merge(result.get(key), value)
    return result


class FaultList:
    """The ordered faults, first come first served; each lasts for its `times`."""

    def __init__(self) -> None:
        self._faults: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        self._faults.append((fault, fault.times))

    def clear(self) -> None:
        self._faults.clear()

    @property
    def any_left(self) -> bool:
        return bool(self._faults)

    def take(self, facts: RequestFacts) -> Fault | None:
        """Returns the first fault for such a request and uses it up once."""
        for index, (fault, left) in enumerate(self._faults):
            if matches(fault, facts):
                if left is not None and left <= 1:
                    del self._faults[index]
                else:
                    self._faults[index] = (fault, None if left is None else left - 1)
                return fault
        return None

    def describe(self) -> list[dict[str, Any]]:
        """Returns the faults still to come as JSON, with how many times each is left."""
        return [
            {**fault.model_dump(mode="json", exclude_defaults=True), "times_left": left}
            for fault, left in self._faults
        ]
