"""Ways round a policy, as raw requests: what should not be called, in every disguise we know of.

Each is written for one protocol generation at a time. In a space without a policy every one of
them reaches Notion, which is what makes it an attempt.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notion_gateway.policy.rules.approval import OUR_QUESTION, QUESTION_IDS
from tests.policy.documents import OTHER_PAGE, PAGE

GENERATIONS = ("2025-03-26", "2025-11-25", "2026-07-28")
MODERN = "2026-07-28"
POLICY: dict[str, Any] = {
    "preset": "no_deleting",
    "tools": {
        "notion-move-pages": "block",
        "notion-create-comment": "ask",
        "resources/read": "block",
        "prompts/get": "block",
        "completion/complete": "block",
    },
    "arguments": [
        {
            "tool": "notion-create-pages",
            "path": "parent",
            "outside_pages": [PAGE],
            "then": "block",
        },
        *(
            {"tool": "notion-update-view", "path": path, "then": "block", **form}
            for path, form in [
                ("data.command", {"is": "remove"}),
                ("pages.*.state", {"in": ["gone", "hidden"]}),
                ("data.sql", {"contains": "drop"}),
                ("data.share", {"is_present": True}),
            ]
        ),
    ],
}
HIDDEN = ("notion-delete-pages", "notion-move-pages")
BLOCKED = "notion-delete-pages"
HARMLESS = "notion-fetch"


@dataclass(frozen=True, slots=True)
class Attempt:
    """``headers`` take the place of those of the same name; None leaves one out, a list has it
    several times. ``path`` follows the address of the space's endpoint. ``stays_open``: where it
    passes, its answer never ends.
    """

    body: bytes
    headers: Mapping[str, str | list[str] | None] = field(
        default_factory=dict[str, "str | list[str] | None"]
    )
    method: str = "POST"
    path: str = ""
    is_chunked: bool = False
    version: str = "HTTP/1.1"
    stays_open: bool = False


Way = Callable[[str], Attempt]


def message(generation: str, method: str = "tools/call", call_id: object = 1, **params: Any) -> Any:
    if generation == MODERN:
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        }
    return {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}


def tool_call(
    generation: str, tool: object = BLOCKED, call_id: object = 1, **arguments: Any
) -> Any:
    given = arguments or {"page_ids": [PAGE]}
    return message(generation, call_id=call_id, name=tool, arguments=given)


def raw(document: object) -> bytes:
    return json.dumps(document).encode()


def named(
    generation: str, method: str, name: str | None = None
) -> dict[str, str | list[str] | None]:
    """What 2026-07-28 repeats in headers."""
    if generation != MODERN:
        return {}
    return {"Mcp-Method": method, "Mcp-Name": name}


def _calls(tool: object, **arguments: Any) -> Way:
    def way(generation: str) -> Attempt:
        headers = named(generation, "tools/call", tool if isinstance(tool, str) else None)
        if isinstance(tool, str) and not (tool.isascii() and tool.isprintable()):
            headers.pop("Mcp-Name", None)
        return Attempt(raw(tool_call(generation, tool, **arguments)), headers)

    return way


def _asks(method: str, header: str, /, **params: Any) -> Way:
    def way(generation: str) -> Attempt:
        said = named(generation, method, header)
        return Attempt(raw(message(generation, method, **params)), said)

    return way


def _listens(**notifications: Any) -> Way:
    """For what Notion says by itself (2026-07-28)."""

    def way(generation: str) -> Attempt:
        asked = message(generation, "subscriptions/listen", notifications=notifications)
        said = named(generation, "subscriptions/listen")
        return Attempt(raw(asked), {**said, "Mcp-Name": None}, stays_open=True)

    return way


def _as_bytes(change: Callable[[bytes], bytes], **headers: str | list[str] | None) -> Way:
    """The blocked call with other bytes, or said to be something else."""

    def way(generation: str) -> Attempt:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        body = change(raw(tool_call(generation)))
        return Attempt(body, {**named(generation, "tools/call", BLOCKED), **said})

    return way


def _document(change: Callable[[Any], object]) -> Way:
    def way(generation: str) -> Attempt:
        return Attempt(raw(change(tool_call(generation))))

    return way


def _params(change: Callable[[dict[str, Any]], object]) -> Way:
    return _document(lambda call: {**call, "params": change(call["params"])})


def _headers(**headers: str | list[str] | None) -> Way:
    """A harmless call with headers that say something else."""

    def way(generation: str) -> Attempt:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return Attempt(raw(tool_call(generation, HARMLESS, id="self")), said)

    return way


def _same(body: bytes) -> bytes:
    return body


def _inside(before: bytes, after: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body.replace(before, after, 1)


def _approved(generation: str) -> Attempt:
    """By a caller who is no application."""
    body = raw(tool_call(generation, "notion-create-comment", page_id=PAGE, markdown="x"))
    return Attempt(body, {"X-User-Approved-Call": hashlib.sha256(body).hexdigest()})


_YES: dict[str, Any] = {"action": "accept", "content": {}}
_COMMENT: dict[str, Any] = {
    "name": "notion-create-comment",
    "arguments": {"page_id": PAGE, "markdown": "x"},
}


def _answers_itself(generation: str) -> Attempt:
    """With an approval in the call, as 2026-07-28 has it, to a question that nobody asked."""
    given: dict[str, Any] = {"inputResponses": {OUR_QUESTION: _YES}, "requestState": "made up"}
    return Attempt(raw(message(generation, **{**_COMMENT, **given})))


def _answers_a_question(_: str) -> Attempt:
    """That nobody asked."""
    return Attempt(raw({"jsonrpc": "2.0", "id": f"{QUESTION_IDS}made-up", "result": _YES}))


def _named_as_a_question(generation: str) -> Attempt:
    call = message(generation, call_id=f"{QUESTION_IDS}1", **_COMMENT)
    return Attempt(raw(call))


def _named_and_answered(generation: str) -> Attempt:
    call = message(generation, call_id=f"{QUESTION_IDS}1", **_COMMENT)
    return Attempt(raw({**call, "result": _YES}))


def _behind_its_answer(generation: str) -> Attempt:
    answer = {"jsonrpc": "2.0", "id": f"{QUESTION_IDS}1", "result": _YES}
    call = message(generation, call_id=f"{QUESTION_IDS}1", **_COMMENT)
    return Attempt(raw([answer, call]))


def _batch(*others: Any) -> Way:
    def way(generation: str) -> Attempt:
        return Attempt(raw([tool_call(generation), *others]))

    return way


def _seed_meta(generation: str) -> Attempt:
    call = tool_call(generation)
    return Attempt(raw({**call, "meta": {"user_id": "ada"}}))


def _answered(generation: str) -> Attempt:
    """With an answer to the gateway's own question, which is taken out of the body."""
    call = tool_call(generation)
    call["params"]["inputResponses"] = {"notion-gateway-connect": {"action": "accept"}}
    return Attempt(raw(call))


def _chunked(generation: str) -> Attempt:
    return Attempt(raw(tool_call(generation)), is_chunked=True)


def _old_http(generation: str) -> Attempt:
    return Attempt(raw(tool_call(generation)), version="HTTP/1.0")


def _slash(generation: str) -> Attempt:
    return Attempt(raw(tool_call(generation)), path="/")


def _query(generation: str) -> Attempt:
    return Attempt(raw(tool_call(generation)), path="?method=tools/list")


def _without(name: str) -> Callable[[Any], object]:
    return lambda call: {key: value for key, value in call.items() if key != name}


def _changes_a_view(**arguments: Any) -> Way:
    return _calls("notion-update-view", view_id=PAGE, **arguments)


_ELSEWHERE = "https://x.notion.site/Other"
_DEEP = b'"page_ids": ' + b"[" * 150 + b"]" * 150 + b', "x": '

CALLS: dict[str, Way] = {
    # --- plainly
    "the plain call": _calls(BLOCKED),
    "another blocked tool": _calls("notion-move-pages", page_or_database_ids=[PAGE], new_parent={}),
    "at the address with a slash": _slash,
    "with a query": _query,
    "in chunks": _chunked,
    "by HTTP/1.0": _old_http,
    # --- the tool by another name
    "without its prefix": _calls("delete-pages"),
    "in capitals": _calls("NOTION-DELETE-PAGES"),
    "with underscores": _calls("notion_delete_pages"),
    "with a space behind": _calls("notion-delete-pages "),
    "with a NUL behind": _calls("notion-delete-pages\u0000"),
    "with a letter of another alphabet": _calls("notion-d\u0435lete-pages"),
    "in a list": _calls(["notion-delete-pages"]),
    "by a tool that nobody has seen": _calls("notion-erase-everything"),
    # --- the arguments
    "replacing contents": _calls("notion-update-page", page_id=PAGE, command="replace_content"),
    "replacing contents, in capitals": _calls(
        "notion-update-page", page_id=PAGE, command="REPLACE_CONTENT"
    ),
    "replacing a range of contents": _calls(
        "notion-update-page", page_id=PAGE, command="replace_content_range"
    ),
    "replacing contents, in the older form": _calls(
        "notion-update-page", data={"page_id": PAGE, "command": "replace_content"}
    ),
    "allowed to delete": _calls("notion-update-page", page_id=PAGE, allow_deleting_content=True),
    "allowed to delete, as a text": _calls(
        "notion-update-page", page_id=PAGE, allow_deleting_content="true"
    ),
    "allowed to delete, spelt otherwise": _calls(
        "notion-update-page", page_id=PAGE, allowDeletingContent=True
    ),
    "into the trash": _calls("notion-update-data-source", data_source_id=PAGE, in_trash=True),
    "into the trash, as a number": _calls(
        "notion-update-data-source", data_source_id=PAGE, in_trash=1
    ),
    "dropping a column": _calls(
        "notion-update-data-source", data_source_id=PAGE, statements='dRoP COLUMN "x"'
    ),
    "below another page": _calls("notion-create-pages", pages=[{}], parent={"page_id": OTHER_PAGE}),
    "below no page": _calls("notion-create-pages", pages=[{}]),
    "below another page, written as a text": _calls(
        "notion-create-pages", pages=[{}], parent=f'{{"page_id": "{OTHER_PAGE}"}}'
    ),
    "below two pages": _calls(
        "notion-create-pages", pages=[{}], parent={"page_id": PAGE, "database_id": OTHER_PAGE}
    ),
    "below the workspace, with a page": _calls(
        "notion-create-pages",
        pages=[{}],
        parent={"page_id": PAGE, "type": "workspace", "workspace": True},
    ),
    "below a page without an id, with a page": _calls(
        "notion-create-pages", pages=[{}], parent={"page_id": _ELSEWHERE, "y": PAGE}
    ),
    "below a page without an id, with one in its address": _calls(
        "notion-create-pages", pages=[{}], parent={"page_id": f"{_ELSEWHERE}?x={PAGE}"}
    ),
    "below a page on top of another": _calls(
        "notion-create-pages",
        pages=[{}],
        parent={"page_id": f"https://app.notion.com/p/{PAGE}?p=%32{OTHER_PAGE[1:]}"},
    ),
    "a nested command": _changes_a_view(data={"command": "remove"}),
    "a nested command, written as a text": _changes_a_view(data='{"command": "remove"}'),
    "a nested command, written as a text twice": _changes_a_view(
        data=json.dumps('{"command": "remove"}')
    ),
    "a nested command, in an object in a list": _changes_a_view(data=[{"command": "remove"}]),
    "a nested command, twice in a text": _changes_a_view(
        data='{"command": "remove", "command": "keep"}'
    ),
    "a nested command, in what is almost JSON": _changes_a_view(data="{command: 'remove'}"),
    "one of many, written as a text": _changes_a_view(pages='[{"state": "gone"}]'),
    "one of many, each written as a text": _changes_a_view(pages=['{"state": "hidden"}']),
    "one of many, alone": _changes_a_view(pages={"state": "gone"}),
    "a nested text, written as a text": _changes_a_view(data='{"sql": "\\u0064rop x"}'),
    "something nested, written as a text": _changes_a_view(data='{"share": null}'),
    # --- another method
    "a resource": _asks(
        "resources/read", "notion://docs/view-dsl-spec", uri="notion://docs/view-dsl-spec"
    ),
    "news of a resource": _asks("resources/subscribe", "notion://docs/x", uri="notion://docs/x"),
    "news of a resource, among others": _listens(
        toolsListChanged=True, resourceSubscriptions=["notion://docs/x"]
    ),
    "news of a resource, in capitals": _listens(ResourceSubscriptions=["notion://docs/x"]),
    "news of a resource, as one text": _listens(resourceSubscriptions="notion://docs/x"),
    "a prompt": _asks("prompts/get", "x", name="x"),
    "a completion": _asks(
        "completion/complete",
        "x",
        ref={"type": "ref/prompt", "name": "x"},
        argument={"name": "a", "value": "b"},
    ),
    "a method in capitals": _asks("TOOLS/CALL", BLOCKED, name=BLOCKED, arguments={}),
    "a method that nobody knows": _asks("tools/execute", BLOCKED, name=BLOCKED, arguments={}),
    "a task": _params(lambda params: {**params, "task": {"ttl": 60_000}}),
    # --- bytes that are read in another way
    "after a byte-order mark": _as_bytes(lambda body: b"\xef\xbb\xbf" + body),
    "in UTF-16": _as_bytes(lambda body: body.decode().encode("utf-16")),
    "in UTF-16, said": _as_bytes(
        lambda body: body.decode().encode("utf-16"),
        Content_Type="application/json; charset=utf-16",
    ),
    "in UTF-32": _as_bytes(lambda body: body.decode().encode("utf-32-le")),
    "in Latin-1": _as_bytes(_inside(b'"page_ids"', b'"\xe4": 1, "page_ids"')),
    "compressed": _as_bytes(gzip.compress, Content_Encoding="gzip"),
    "compressed, unsaid": _as_bytes(gzip.compress),
    "deflated": _as_bytes(zlib.compress, Content_Encoding="deflate"),
    "said to be compressed": _as_bytes(_same, Content_Encoding="br"),
    "with something behind it": _as_bytes(lambda body: body + b" {}"),
    "behind something": _as_bytes(
        lambda body: b'{"jsonrpc":"2.0","id":2,"method":"ping"}\n' + body
    ),
    "with a NUL behind it": _as_bytes(lambda body: body + b"\x00"),
    "with a number that is none": _as_bytes(_inside(b'"page_ids"', b'"x": NaN, "page_ids"')),
    "with half a character": _as_bytes(_inside(b'"page_ids"', b'"\\ud800": 1, "page_ids"')),
    "nested deeply": _as_bytes(_inside(b'"page_ids": ', _DEEP)),
    "with the method twice": _as_bytes(_inside(b'"method"', b'"method": "ping", "method"')),
    "with the method twice, in an escape": _as_bytes(
        _inside(b'"params"', b'"\\u006dethod": "ping", "params"')
    ),
    "with the tool twice": _as_bytes(_inside(b'"name"', b'"name": "notion-fetch", "name"')),
    "with an argument twice": _as_bytes(_inside(b'"page_ids"', b'"page_ids": [], "page_ids"')),
    # --- said to be something else
    "as plain text": _as_bytes(_same, Content_Type="text/plain"),
    "as nothing": _as_bytes(_same, Content_Type=None),
    "as a form": _as_bytes(_same, Content_Type="application/x-www-form-urlencoded"),
    "as JSON and as text": _as_bytes(_same, Content_Type=["application/json", "text/plain"]),
    "as a relative of JSON": _as_bytes(_same, Content_Type="application/vnd.api+json"),
    "as another method": _as_bytes(_same, X_HTTP_Method_Override="GET"),
    # --- messages that are none
    "without a version": _document(_without("jsonrpc")),
    "as a notification": _document(_without("id")),
    "with an id that is null": _document(lambda call: {**call, "id": None}),
    "with an id that is a fraction": _document(lambda call: {**call, "id": 1.5}),
    "with its method in capitals besides": _document(lambda call: {**call, "METHOD": "ping"}),
    "with its name in capitals besides": _params(lambda params: {**params, "Name": HARMLESS}),
    "as an answer too": _document(lambda call: {**call, "result": {}}),
    "with parameters by position": _params(lambda params: [BLOCKED, params]),
    "with arguments as a text": _params(
        lambda _: {"name": HARMLESS, "arguments": '{"id": "self"}'}
    ),
    # --- batches
    "in a batch, alone": _batch(),
    "in a batch, with others": _batch({"jsonrpc": "2.0", "id": 2, "method": "ping"}),
    "in a batch, behind one with the same id": lambda generation: Attempt(
        raw([message(generation, "ping"), tool_call(generation)])
    ),
    "in a batch, behind one with the same id as a text": lambda generation: Attempt(
        raw([message(generation, "ping", "1"), tool_call(generation, HARMLESS, 1, id="self")])
    ),
    "in a batch in a batch": lambda generation: Attempt(raw([[tool_call(generation)]])),
    # --- headers that say something else than the body
    "as a list, says the header": _as_bytes(_same, Mcp_Method="tools/list", Mcp_Name=None),
    "as another tool, says the header": _as_bytes(
        _same, Mcp_Method="tools/call", Mcp_Name=HARMLESS
    ),
    "behind a harmless body, by header": _headers(Mcp_Method="tools/call", Mcp_Name=BLOCKED),
    "behind a harmless body, by header in base64": _headers(
        Mcp_Method="tools/call", Mcp_Name="=?base64?bm90aW9uLWRlbGV0ZS1wYWdlcw==?="
    ),
    "behind a harmless body, by two headers": _headers(
        Mcp_Method="tools/call", Mcp_Name=[HARMLESS, BLOCKED]
    ),
    "behind a harmless body, by a header for an argument": _headers(Mcp_Param_Id=PAGE),
    # --- what the gateway itself reads in a call
    "with the seed's meta": _seed_meta,
    "with an answer to the gateway": _answered,
    # --- asking
    "unasked": _calls("notion-create-comment", page_id=PAGE, markdown="x"),
    "approved by whoever calls": _approved,
    "with its own answer": _answers_itself,
    "an answer that nobody asked for": _answers_a_question,
    "with the id of a question": _named_as_a_question,
    "with the id of a question, and its answer": _named_and_answered,
    "in a batch, behind its answer": _behind_its_answer,
}
"""By what they do; each says what Notion would be called."""
ASKED_ABOUT = frozenset(
    {
        "by a tool that nobody has seen",
        "unasked",
        "approved by whoever calls",
        "with its own answer",
        "with the id of a question",
    }
)
"""Those that are answered by a question, where the client shows forms: its stream stays open."""


def listing(generation: str, method: str = "tools/list", **params: Any) -> bytes:
    return raw(message(generation, method, **params))


def _lists(accept: str | None = "application/json, text/event-stream", **more: str) -> Way:
    def way(generation: str) -> Attempt:
        said = {name.replace("_", "-"): value for name, value in more.items()}
        headers = {**named(generation, "tools/list"), "Accept": accept, **said}
        return Attempt(listing(generation), headers)

    return way


LISTS: dict[str, Way] = {
    "plainly": _lists(),
    "with everything acceptable": _lists("*/*"),
    "compressed": _lists(Accept_Encoding="gzip, deflate, br, zstd"),
    "compressed by all means": _lists(Accept_Encoding="gzip;q=1, identity;q=0"),
    "by a piece": _lists(Range="bytes=0-65536"),
    "going on with a stream": _lists(Last_Event_ID="0"),
    "with an id that a tool call has": lambda generation: Attempt(
        raw(message(generation, "tools/list", "1")), named(generation, "tools/list")
    ),
    "with an empty cursor": lambda generation: Attempt(
        listing(generation, cursor="offset:0"), named(generation, "tools/list")
    ),
}
