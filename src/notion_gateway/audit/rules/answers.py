"""What an answer says to which call, where a space asks for results."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from notion_gateway.audit.rules.redaction import kept_form

LEFT_OUT: Final = "[not recorded: {}]"
TOO_LONG: Final = LEFT_OUT.format("it was too long")
UNREADABLE: Final = LEFT_OUT.format("it could not be read")
NONE_CAME: Final = LEFT_OUT.format("no answer came")


def results_in(answer: bytes, *, is_stream: bool) -> Mapping[str, str]:
    """By the id of the call, in the form of JSON: its result, or its error, as it is kept. Empty
    for an answer that is no JSON. ``is_stream``: of events.
    """
    found: dict[str, str] = {}
    for document in _documents(answer, is_stream=is_stream):
        messages = cast("list[object]", document) if isinstance(document, list) else [document]
        for message in messages:
            if isinstance(message, Mapping):
                said = cast("Mapping[str, Any]", message)
                name = "error" if "error" in said else "result"
                if "id" in said and name in said:
                    found[id_form(said["id"])] = kept_form(said[name])
    return found


def id_form(call_id: object) -> str:
    return json.dumps(call_id, sort_keys=True)


def _documents(answer: bytes, *, is_stream: bool) -> Iterator[object]:
    texts = _events(answer) if is_stream else iter([answer])
    for text in texts:
        try:
            yield json.loads(text)
        except (ValueError, RecursionError):
            continue


def _events(stream: bytes) -> Iterator[bytes]:
    """The data of each event of a whole stream (WHATWG HTML, section 9.2.6)."""
    data: list[bytes] = []
    lines = stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for line in [*lines, b""]:
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" "))
        elif not line and data:
            yield b"\n".join(data)
            data = []
