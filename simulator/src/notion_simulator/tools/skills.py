"""notion-convert-page-to-skill, -search-skills, -download-skill and -upload-skill.

A skill is a page. It travels as a tar.gz with SKILL.md; an upload is prepared
with its length and CRC-32, posted like any other file, and then completed. The
checksum is taken as a number, in hex, or as base64 of its four bytes, since
which of these Notion wants is not captured.
"""

import base64
import zlib
from typing import Any

from notion_simulator.oauth.tokens import digest
from notion_simulator.tools.attachments import new_upload
from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.tool import (
    MARKS,
    OVERWRITES,
    READS,
    Arguments,
    Call,
    Result,
    Tool,
    exactly,
    schema,
    text,
)
from notion_simulator.workspace.files import MAX_UPLOAD_BYTES, FileUpload
from notion_simulator.workspace.model import Page, canonical_id
from notion_simulator.workspace.skills import InvalidArchiveError, archive, content_of

MAX_RESULTS = 10
ARCHIVE_NAME = "skill.tar.gz"
ARCHIVE_TYPE = "application/gzip"


def convert_page_to_skill(call: Call, arguments: Arguments) -> Result:
    """Marks a page as a skill and leaves its content alone."""
    page = _page(call, arguments["page_url"])
    page.is_skill = True
    return {"page_id": page.id, "url": page.url, "title": page.title, "is_skill": True}


def search_skills(call: Call, arguments: Arguments) -> Result:
    """Finds skills by name or task; without a query the ones edited last."""
    words = str(arguments.get("query", "")).lower().split()
    skills = [page for page in call.workspace.pages.values() if page.is_skill and not page.archived]
    ranked = [(sum(word in _text(page) for word in words), page) for page in skills]
    found = [(score, page) for score, page in ranked if score or not words]
    found.sort(key=lambda pair: (pair[0], pair[1].edited_at), reverse=True)
    results = [
        {"id": page.id, "title": page.title, "url": page.url, "description": _description(page)}
        for _, page in found[:MAX_RESULTS]
    ]
    return {"results": results, "can_create_skill": True}


def download_skill(call: Call, arguments: Arguments) -> Result:
    """Returns a URL of the simulator from which the archive can be had for an hour."""
    page = _skill(call, arguments["id"])
    upload, token = new_upload(call, {"filename": ARCHIVE_NAME, "content_type": ARCHIVE_TYPE})
    upload.content = archive(page)
    call.workspace.files[upload.id] = upload
    url = f"{call.base_url}/file-uploads/{upload.id}?token={token}"
    return {"id": page.id, "title": page.title, "download_url": url}


def upload_skill(call: Call, arguments: Arguments) -> Result:
    """Prepares an upload, or completes it and makes it the page's content."""
    page = _skill(call, arguments["page_id"])
    if arguments["action"] == "prepare":
        return _prepare(call, page, arguments)
    token = arguments.get("upload_token")
    if token is None:
        message = "upload_token is required for complete."
        raise invalid(message)
    wanted = digest(token)
    for upload in call.workspace.files.values():
        if upload.token_digest == wanted and upload.content is not None:
            return _complete(call, page, upload)
    raise not_found("upload", "of this upload_token")


def checksum(given: object) -> int:
    """Returns a CRC-32 given as a number, in hex, or as base64. Raises `ValueError`."""
    if isinstance(given, int):
        return given
    written = str(given).removeprefix("0x")
    if len(written) == 8 and not written.endswith("="):  # noqa: PLR2004 - 32 bits in hex
        return int(written, 16)
    if written.endswith("=="):
        return int.from_bytes(base64.b64decode(written, validate=True), "big")
    return int(written)


def _prepare(call: Call, page: Page, arguments: Arguments) -> Result:
    if "content_length" not in arguments or "checksum_crc32" not in arguments:
        message = "content_length and checksum_crc32 are required for prepare."
        raise invalid(message)
    try:
        crc32 = checksum(arguments["checksum_crc32"])
    except ValueError as error:
        message = "checksum_crc32 is not a CRC-32."
        raise invalid(message) from error
    upload, token = new_upload(call, {"filename": ARCHIVE_NAME, "content_type": ARCHIVE_TYPE})
    upload.announced = (int(arguments["content_length"]), crc32)
    upload.for_page = page.id
    call.workspace.files[upload.id] = upload
    return {
        "upload_url": f"{call.base_url}/file-uploads/{upload.id}",
        "upload_headers": {"Authorization": f"Bearer {token}"},
        "upload_token": token,
    }


def _complete(call: Call, page: Page, upload: FileUpload) -> Result:
    content = upload.content or b""
    if upload.announced != (len(content), zlib.crc32(content)) or upload.for_page != page.id:
        message = "The upload does not match what was prepared: length, checksum or page differ."
        raise invalid(message)
    try:
        page.content = content_of(content)
    except InvalidArchiveError as error:
        message = f"Not a skill: {error}."
        raise invalid(message) from error
    page.edited_at, page.edited_by = call.now, call.user.id
    del call.workspace.files[upload.id]
    return {"page_id": page.id, "url": page.url, "title": page.title}


def _page(call: Call, reference: str) -> Page:
    page = call.workspace.pages.get(canonical_id(reference) or "")
    if page is None:
        raise not_found("page", reference)
    return page


def _skill(call: Call, reference: str) -> Page:
    page = _page(call, reference)
    if not page.is_skill:
        message = "The page is not a skill; convert it first."
        raise invalid(message)
    return page


def _text(page: Page) -> str:
    return f"{page.title}\n{page.content}".lower()


def _description(page: Page) -> str:
    lines = [line for line in page.content.splitlines() if not line.startswith("#")]
    return lines[0] if lines else ""


CHECKSUM: dict[str, Any] = {"type": ["string", "integer"]}
LENGTH: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": MAX_UPLOAD_BYTES}

TOOLS = (
    Tool(
        "notion-convert-page-to-skill",
        "Convert Notion page to skill",
        "Marks a page as a skill without changing its content.",
        schema({"page_url": text("URL of the page", minLength=1)}, ("page_url",)),
        MARKS,
        convert_page_to_skill,
    ),
    Tool(
        "notion-search-skills",
        "Search Notion Skills",
        "Finds skills by name or by what they are for; without a query the recent ones.",
        exactly({"query": text("A name or a task", minLength=1, maxLength=200)}),
        READS,
        search_skills,
    ),
    Tool(
        "notion-download-skill",
        "Download Notion Skill",
        "Returns a temporary URL of a skill's tar.gz with SKILL.md.",
        schema({"id": text("The skill's page")}, ("id",)),
        READS,
        download_skill,
    ),
    Tool(
        "notion-upload-skill",
        "Upload Notion Skill",
        "Replaces a skill by a tar.gz with SKILL.md: prepare, post the file, complete.",
        schema(
            {
                "action": {"type": "string", "enum": ["prepare", "complete"]},
                "page_id": text("The skill's page"),
                "content_length": LENGTH,
                "checksum_crc32": CHECKSUM,
                "upload_token": text("From prepare"),
            },
            ("action", "page_id"),
        ),
        OVERWRITES,
        upload_skill,
    ),
)
