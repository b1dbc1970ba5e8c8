"""notion-create-attachment, notion-create-file-upload and notion-download-attachment.

An upload goes to a URL of the simulator itself and has to bring the header that
was handed out with it. `source_url` is checked and kept, and never fetched: a
simulator has no business on the network. The form of upload_headers is not
captured.
"""

import secrets
from uuid import uuid4

from notion_simulator.oauth.tokens import digest
from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.tool import (
    ADDS,
    ADDS_FROM_OUTSIDE,
    READS,
    Arguments,
    Call,
    Result,
    Tool,
    schema,
    text,
)
from notion_simulator.workspace.files import (
    MAX_INLINE_BYTES,
    FileUpload,
    guessed_type,
    is_text,
)
from notion_simulator.workspace.model import canonical_id

SOURCES = ("content", "source_url", "source_file_id")


def create_attachment(call: Call, arguments: Arguments) -> Result:
    """Makes a file of a text, of a URL's name, or refers to one that was uploaded."""
    given = [source for source in SOURCES if source in arguments]
    if len(given) != 1:
        message = f"Exactly one of {', '.join(SOURCES)} is required."
        raise invalid(message)
    if given == ["source_file_id"]:
        return placed(find_file(call, arguments["source_file_id"]))
    if "filename" not in arguments:
        message = f"filename is required with {given[0]}."
        raise invalid(message)
    upload, _ = new_upload(call, arguments)
    if given == ["source_url"]:
        upload.content = _named(arguments["source_url"])
    else:
        upload.content = _text(upload, arguments["content"])
    call.workspace.files[upload.id] = upload
    return placed(upload)


def create_file_upload(call: Call, arguments: Arguments) -> Result:
    """Returns a URL to which the file can be posted once, as multipart field `file`."""
    upload, token = new_upload(call, arguments)
    call.workspace.files[upload.id] = upload
    return {
        "file_upload_id": upload.id,
        "upload_url": f"{call.base_url}/file-uploads/{upload.id}",
        "upload_headers": {"Authorization": f"Bearer {token}"},
    }


def download_attachment(call: Call, arguments: Arguments) -> Result:
    """Returns the text of a small text file."""
    upload = find_file(call, arguments["file_upload_id"])
    content = upload.content or b""
    if len(content) > MAX_INLINE_BYTES or not is_text(upload.content_type):
        message = "Only text files of at most 200 KiB can be downloaded."
        raise invalid(message)
    try:
        return {"content": content.decode()}
    except UnicodeDecodeError as error:
        message = "The file is not UTF-8 text."
        raise invalid(message) from error


def new_upload(call: Call, arguments: Arguments) -> tuple[FileUpload, str]:
    """Returns an upload that has not arrived, and the token it can arrive with."""
    filename: str = arguments["filename"]
    guessed = guessed_type(filename)
    if guessed is None:
        message = f"Unsupported file extension: {filename}"
        raise invalid(message)
    token = secrets.token_urlsafe(24)
    content_type = arguments.get("content_type") or guessed
    return FileUpload(str(uuid4()), filename, content_type, digest(token), call.now), token


def find_file(call: Call, identifier: str) -> FileUpload:
    """Returns a file that has arrived."""
    upload = call.workspace.files.get(canonical_id(identifier) or "")
    if upload is None:
        raise not_found("file upload", identifier)
    if upload.content is None:
        message = f"File upload {identifier} has not been uploaded yet."
        raise invalid(message)
    return upload


def placed(upload: FileUpload) -> Result:
    """Returns what a page or a comment needs to show the file."""
    return {
        "markdown_source": upload.url,
        "suggested_markdown": upload.suggested_markdown,
        "file_upload_id": upload.id,
    }


def _text(upload: FileUpload, content: str) -> bytes:
    encoded = content.encode()
    if len(encoded) > MAX_INLINE_BYTES or not is_text(upload.content_type):
        message = "content must be text of at most 200 KiB, in a text format."
        raise invalid(message)
    return encoded


def _named(url: str) -> bytes:
    if not url.startswith("https://"):
        message = "source_url must be a public https URL."
        raise invalid(message)
    return f"The simulator does not fetch {url}".encode()


TOOLS = (
    Tool(
        "notion-create-attachment",
        "Create a Notion attachment",
        "Makes a file from a text, a public URL or an earlier upload, to be put on a page or into "
        "a comment by its markdown_source.",
        schema(
            {
                "filename": text("With a known extension", minLength=1),
                "content_type": text("MIME type; otherwise from the extension", minLength=1),
                "content": text("At most 200 KiB of UTF-8"),
                "source_url": text("https", minLength=1),
                "source_file_id": text("An upload that has arrived", minLength=1),
            }
        ),
        ADDS_FROM_OUTSIDE,
        create_attachment,
    ),
    Tool(
        "notion-create-file-upload",
        "Create a file upload",
        "Returns a short-lived URL for one multipart POST with the field file, at most 20 MiB.",
        schema(
            {
                "filename": text("With a known extension", minLength=1),
                "content_type": text("MIME type; otherwise from the extension"),
            },
            ("filename",),
        ),
        ADDS,
        create_file_upload,
    ),
    Tool(
        "notion-download-attachment",
        "Download a Notion attachment",
        "Returns the text of a text file of at most 200 KiB.",
        schema({"file_upload_id": text()}, ("file_upload_id",)),
        READS,
        download_attachment,
    ),
)
