"""A skill as an archive: a gzipped tar with SKILL.md in it."""

import gzip
import io
import tarfile

from notion_simulator.workspace.model import Page

SKILL_FILE = "SKILL.md"
MAX_SKILL_BYTES = 1024 * 1024


class InvalidArchiveError(ValueError):
    """The bytes are no archive with a SKILL.md in UTF-8."""


def archive(page: Page) -> bytes:
    """Returns the same bytes for the same page."""
    folder = page.title.lower().replace(" ", "-") or "skill"
    text = f"---\nname: {folder}\n---\n{page.content}\n".encode()
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        member = tarfile.TarInfo(f"{folder}/{SKILL_FILE}")
        member.size, member.mtime = len(text), int(page.edited_at)
        tar.addfile(member, io.BytesIO(text))
    return gzip.compress(tarred.getvalue(), mtime=0)


def content_of(archived: bytes) -> str:
    """Returns the Markdown of SKILL.md without its front matter. Raises `InvalidArchiveError`."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archived), mode="r:gz") as tar:
            for member in tar:
                if member.isfile() and member.name.rsplit("/", 1)[-1] == SKILL_FILE:
                    return _text(tar, member)
    except (tarfile.TarError, OSError, EOFError, UnicodeDecodeError) as error:
        raise InvalidArchiveError(str(error)) from error
    message = f"There is no {SKILL_FILE} in the archive"
    raise InvalidArchiveError(message)


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    stream = tar.extractfile(member)
    # A small archive may hold a very large file.
    text = b"" if stream is None else stream.read(MAX_SKILL_BYTES + 1)
    if len(text) > MAX_SKILL_BYTES:
        message = f"{SKILL_FILE} is too large"
        raise InvalidArchiveError(message)
    lines = text.decode()
    if lines.startswith("---\n") and "\n---\n" in lines[4:]:
        lines = lines[4:].split("\n---\n", 1)[1]
    return lines.removesuffix("\n")
