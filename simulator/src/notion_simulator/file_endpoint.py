"""/file-uploads/{id}: where files are posted that a tool has prepared, and archives are fetched.

The bearer of the header that was handed out may post one file, once and within
an hour. It says nothing about MCP: this is not an access token.
"""

import hmac
from collections.abc import Mapping

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive

from notion_simulator.json_answers import NO_STORE, json_answer
from notion_simulator.oauth.tokens import digest
from notion_simulator.simulator import Simulator
from notion_simulator.tools.attachments import placed
from notion_simulator.workspace.files import MAX_UPLOAD_BYTES, FileUpload

# What multipart adds around a file: boundaries, a few headers.
ENVELOPE_BYTES = 64 * 1024


class TooLargeError(Exception):
    """The body is larger than a single-part upload may be."""


class FileEndpoint:
    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def receive(self, request: Request) -> Response:
        """POST: takes the field `file` of a multipart form."""
        upload = self._find(request.path_params["id"])
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if upload is None or scheme.lower() != "bearer" or not _opens(upload, token):
            return _refused("unauthorized", 401, "The upload headers are missing or wrong.")
        if upload.content is not None or self._simulator.clock() > upload.expires_at:
            return _refused("validation_error", 400, "The upload URL was used or has expired.")
        try:
            content = await _file(request)
        except TooLargeError:
            return _refused("validation_error", 413, "Files of at most 20 MiB can be uploaded.")
        except ClientDisconnect:
            return Response(status_code=400)
        if content is None:
            return _refused("validation_error", 400, "A multipart form with the field file.")
        upload.content = content
        body: Mapping[str, object] = {"id": upload.id, "status": "uploaded", **placed(upload)}
        return json_answer(body, 200, NO_STORE)

    async def hand_out(self, request: Request) -> Response:
        """GET with the token of a download_url: the file itself."""
        upload = self._find(request.path_params["id"])
        token = request.query_params.get("token", "")
        if upload is None or upload.content is None or not _opens(upload, token):
            return _refused("object_not_found", 404, "There is no such file.")
        if self._simulator.clock() > upload.expires_at:
            return _refused("object_not_found", 404, "The download URL has expired.")
        disposition = {"Content-Disposition": f'attachment; filename="{upload.filename}"'}
        return Response(
            upload.content, 200, {**NO_STORE, **disposition}, media_type=upload.content_type
        )

    def _find(self, identifier: str) -> FileUpload | None:
        for workspace in self._simulator.workspaces.values():
            if identifier in workspace.files:
                return workspace.files[identifier]
        return None


def _opens(upload: FileUpload, token: str) -> bool:
    return hmac.compare_digest(digest(token), upload.token_digest)


def _refused(code: str, status: int, message: str) -> Response:
    body = {"object": "error", "status": status, "code": code, "message": message}
    return json_answer(body, status, NO_STORE)


async def _file(request: Request) -> bytes | None:
    limited = Request(request.scope, _limited(request.receive))
    try:
        async with limited.form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            content = await file.read() if isinstance(file, UploadFile) else None
    except MultiPartException:
        return None
    if content is not None and len(content) > MAX_UPLOAD_BYTES:
        raise TooLargeError
    return content


def _limited(receive: Receive) -> Receive:
    left = MAX_UPLOAD_BYTES + ENVELOPE_BYTES

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLargeError
        return message

    return counted
