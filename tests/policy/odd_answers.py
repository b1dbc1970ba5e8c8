"""Answers with a tool that a policy hides, in forms that a filter of lists could miss."""

import gzip

from tests.policy.ways_round import BLOCKED, HARMLESS, raw

LIST = raw(
    {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": HARMLESS}, {"name": BLOCKED}]}}
)
JSON, SSE = "application/json", "text/event-stream"
EVENT = b"event: message\ndata: " + LIST + b"\n\n"
ODD_ANSWERS: dict[str, tuple[str | None, bytes, dict[str, str], int]] = {
    "said to be text": ("text/plain", LIST, {}, 200),
    "said to be nothing": (None, LIST, {}, 200),
    "said to be a page": ("text/html", LIST, {}, 200),
    "in capitals": ("Application/JSON; charset=utf-8", LIST, {}, 200),
    "a stream said to be JSON": (JSON, EVENT, {}, 200),
    "JSON said to be a stream": (SSE, LIST, {}, 200),
    "a stream said in capitals": ("TEXT/Event-Stream; charset=utf-8", EVENT, {}, 200),
    "after a byte-order mark": (JSON, b"\xef\xbb\xbf" + LIST, {}, 200),
    "a stream after a byte-order mark": (SSE, b"\xef\xbb\xbf" + EVENT, {}, 200),
    "in UTF-16": (JSON, LIST.decode().encode("utf-16"), {}, 200),
    "compressed all the same": (JSON, gzip.compress(LIST), {"content-encoding": "gzip"}, 200),
    "compressed, unsaid": (JSON, gzip.compress(LIST), {}, 200),
    "a piece of it": (JSON, LIST[20:], {"content-range": "bytes 20-99/100"}, 206),
    "with a fault's status": (JSON, LIST, {}, 500),
    "as a fault in words": ("text/plain", b"no: " + LIST, {}, 404),
    "accepted": (JSON, LIST, {}, 202),
    "in a batch": (JSON, b"[" + LIST + b"]", {}, 200),
    "with the result twice": (JSON, b'{"result":{"tools":[]},' + LIST[1:], {}, 200),
    "with something behind": (JSON, LIST + b"{}", {}, 200),
    "as another id's": (JSON, LIST.replace(b'"id": 1', b'"id": "another"'), {}, 200),
    "on two lines": (SSE, b"data: " + LIST.replace(b" ", b"\ndata: ", 1) + b"\n\n", {}, 200),
    "ended by carriage returns": (SSE, EVENT.replace(b"\n", b"\r"), {}, 200),
    "without its end": (SSE, EVENT.rstrip(), {}, 200),
    "behind news": (SSE, b": x\n\nid: 1\ndata:\n\ndata: {}\n\n" + EVENT, {}, 200),
    "in a field in capitals": (SSE, b"DATA: " + LIST + b"\n\n", {}, 200),
    "as a comment": (SSE, b"data: {}\n\n" + b"x" + EVENT, {}, 200),
}
"""By what is odd about them: the type that they are said to have, body, more headers, status."""
