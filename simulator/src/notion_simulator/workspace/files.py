"""Uploaded files and the folders that hold them."""

import mimetypes
from dataclasses import dataclass, field

MAX_UPLOAD_BYTES = 20 * 1024 * 1024
MAX_INLINE_BYTES = 200 * 1024
UPLOAD_LIFETIME_SECONDS = 3_600.0


@dataclass(slots=True)
class FileUpload:
    """A file; `content` is None until it has arrived, which its token allows until `expires_at`.

    The archive of a skill was announced with its length and CRC-32, for one page.
    """

    id: str
    filename: str
    content_type: str
    token_digest: str
    created_at: float
    content: bytes | None = None
    announced: tuple[int, int] | None = None
    for_page: str | None = None

    @property
    def url(self) -> str:
        return f"file-upload://{self.id}"

    @property
    def expires_at(self) -> float:
        """When an upload that has not arrived can arrive no more, in seconds since the epoch."""
        return self.created_at + UPLOAD_LIFETIME_SECONDS

    @property
    def suggested_markdown(self) -> str:
        """The element with which the file is put on a page."""
        if self.content_type.startswith("image/"):
            return f"![{self.filename}]({self.url})"
        tag = "embed" if self.content_type == "text/html" else "file"
        return f'<{tag} src="{self.url}">{self.filename}</{tag}>'


@dataclass(slots=True)
class Folder:
    """A folder of a page (`page_id`) or of another folder (`folder_id`)."""

    id: str
    title: str
    page_id: str | None = None
    folder_id: str | None = None
    file_ids: list[str] = field(default_factory=list[str])


def guessed_type(filename: str) -> str | None:
    """Returns the MIME type of a file name, None if its extension says nothing."""
    return mimetypes.guess_type(filename)[0]


def is_text(content_type: str) -> bool:
    """Whether files of a type may be given and read as text."""
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    return kind.startswith("text/") or kind in {
        "application/json",
        "application/xml",
        "application/yaml",
        "application/gpx+xml",
        "image/svg+xml",
    }
