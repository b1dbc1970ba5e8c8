"""Attachments, uploads, folders, and skills as archives."""

import base64
import io
import tarfile
import zlib
from typing import Any

import aiohttp
import pytest

from notion_simulator.workspace.model import page_url
from notion_simulator.workspace.samples import sample_id
from notion_simulator.workspace.skills import InvalidArchiveError, content_of
from support.caller import HANDBOOK, Answer, Caller, Use

pytestmark = pytest.mark.anyio

SKILL = sample_id("Weekly Update")


def multipart(content: bytes, field: str = "file") -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field(field, io.BytesIO(content), filename="whatever.bin")
    return form


async def post(caller: Caller, upload: dict[str, Any], content: bytes, **options: Any) -> Answer:
    """Posts a file to a prepared upload, as its answer says."""
    path = upload["upload_url"].removeprefix(caller.url)
    sent = {"headers": upload["upload_headers"], "data": multipart(content), **options}
    return await caller.post(path, **sent)


def archived(name: str, text: bytes) -> bytes:
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    return tarred.getvalue()


async def test_a_text_becomes_an_attachment_that_can_be_read_again(use: Use) -> None:
    made = await use("create-attachment", filename="notes.md", content="# Käse")
    assert made["markdown_source"] == f"file-upload://{made['file_upload_id']}"
    assert made["suggested_markdown"] == f'<file src="{made["markdown_source"]}">notes.md</file>'
    again = await use("download-attachment", file_upload_id=made["file_upload_id"])
    assert again == {"content": "# Käse"}
    page = await use("create-attachment", filename="a.html", content="<p>")
    assert page["suggested_markdown"].startswith("<embed src=")


async def test_a_file_is_posted_once_to_the_url_that_was_prepared_for_it(
    caller: Caller, use: Use, fail: Use
) -> None:
    upload = await use("create-file-upload", filename="plan.png")
    identifier = upload["file_upload_id"]
    early = await fail("create-attachment", source_file_id=identifier)
    assert early["message"].endswith("has not been uploaded yet.")
    posted = await post(caller, upload, b"\x89PNG")
    assert (posted.status, posted.json["status"]) == (200, "uploaded")
    assert posted.json["suggested_markdown"] == f"![plan.png](file-upload://{identifier})"
    assert (await post(caller, upload, b"again")).status == 400
    placed = await use("create-attachment", source_file_id=identifier)
    assert placed["file_upload_id"] == identifier
    assert (await fail("download-attachment", file_upload_id=identifier))["status"] == 400


async def test_an_upload_needs_its_headers_its_field_and_its_hour(
    caller: Caller, use: Use, clock: Any
) -> None:
    upload = await use("create-file-upload", filename="plan.pdf")
    assert (await post(caller, upload, b"x", headers={})).status == 401
    assert (await post(caller, upload, b"x", data=multipart(b"x", "other"))).status == 400
    assert (await post(caller, upload, b"x", data=b"not a form")).status == 400
    clock.advance(3_601)
    assert (await post(caller, upload, b"x")).status == 400


async def test_a_file_over_twenty_mebibytes_is_refused(caller: Caller, use: Use) -> None:
    upload = await use("create-file-upload", filename="big.zip")
    assert (await post(caller, upload, bytes(20 * 1024 * 1024 + 1))).status == 413
    assert (await post(caller, upload, bytes(21 * 1024 * 1024))).status == 413


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"content": "x"},
        {"filename": "x.md", "content": "x", "source_url": "https://a.example/x.md"},
        {"filename": "x.unheard-of", "content": "x"},
        {"filename": "x.png", "content": "x"},
        {"filename": "x.md", "content": "ä" * 120_000},
        {"filename": "x.md", "source_url": "http://a.example/x.md"},
        {"source_file_id": "nowhere"},
    ],
)
async def test_an_attachment_has_exactly_one_good_source(
    fail: Use, arguments: dict[str, Any]
) -> None:
    expected = "object_not_found" if "source_file_id" in arguments else "validation_error"
    assert (await fail("create-attachment", **arguments))["code"] == expected


async def test_a_url_is_kept_and_not_fetched(use: Use) -> None:
    url = "https://files.invalid/report.txt"
    made = await use("create-attachment", filename="report.txt", source_url=url)
    read = await use("download-attachment", file_upload_id=made["file_upload_id"])
    assert read["content"] == f"The simulator does not fetch {url}"


async def test_folders_hold_files_and_folders(use: Use, fail: Use) -> None:
    outer = await use("create-folder", parent={"page_id": HANDBOOK}, title="Papers")
    file = await use("create-attachment", filename="a.txt", content="a")
    folder_id = outer["folder_id"]
    await use(
        "update-folder",
        folder_id=folder_id,
        command="add_files",
        file_upload_ids=[file["file_upload_id"]],
    )
    await use("update-folder", folder_id=folder_id, command="add_subfolder", title="Old")
    await use("create-folder", parent={"folder_id": folder_id}, title="New")
    fetched = await use("fetch", id=outer["url"])
    assert fetched["metadata"] == {"type": "folder"}
    source = file["markdown_source"]
    assert f'<file src="{source}">a.txt</file>' in fetched["text"]
    assert 'title="Old"' in fetched["text"]
    assert 'title="New"' in fetched["text"]
    emptied = await use(
        "update-folder", folder_id=folder_id, command="remove_files", file_urls=[source]
    )
    assert "a.txt" not in emptied["text"]
    assert (await fail("update-folder", folder_id=folder_id, command="add_files"))["status"] == 400
    gone = await fail(
        "update-folder", folder_id=folder_id, command="remove_files", file_urls=[source]
    )
    assert gone["code"] == "object_not_found"


async def test_pages_become_skills_and_are_found(use: Use) -> None:
    assert (await use("fetch", id=SKILL))["metadata"] == {"type": "skill"}
    listed = await use("search-skills")
    assert [skill["title"] for skill in listed["results"]] == ["Weekly Update"]
    release = sample_id("Release Process")
    await use("convert-page-to-skill", page_url=page_url(release))
    found = await use("search-skills", query="freeze the branch")
    assert found["results"][0]["id"] == release
    await use("update-page", page_id=release, command="update_properties", is_skill=False)
    assert (await use("search-skills", query="freeze"))["results"] == []
    page = {"properties": {"title": "Tidy up"}, "content": "Do it", "is_skill": True}
    await use("create-pages", pages=[page])
    assert (await use("search-skills", query="tidy"))["results"][0]["description"] == "Do it"


async def test_a_skill_is_downloaded_changed_and_uploaded(
    caller: Caller, use: Use, clock: Any
) -> None:
    url = (await use("download-skill", id=SKILL))["download_url"]
    async with caller.http.get(url) as response:
        assert response.status == 200
        text = content_of(await response.read())
    assert text.startswith("# Outcome")
    changed = archived("weekly/SKILL.md", f"---\nname: x\n---\n{text}\n4. Be brief.\n".encode())
    prepared = await use(
        "upload-skill",
        action="prepare",
        page_id=SKILL,
        content_length=len(changed),
        checksum_crc32=f"{zlib.crc32(changed):08x}",
    )
    assert (await post(caller, prepared, changed)).status == 200
    token = prepared["upload_token"]
    await use("upload-skill", action="complete", page_id=SKILL, upload_token=token)
    assert "4. Be brief." in (await use("fetch", id=SKILL))["text"]
    clock.advance(3_601)
    async with caller.http.get(url) as response:
        assert response.status == 404
    async with caller.http.get(url + "x") as response:
        assert response.status == 404


async def test_an_upload_that_differs_from_what_was_prepared_is_refused(
    caller: Caller, use: Use, fail: Use
) -> None:
    announced, sent = archived("SKILL.md", b"one"), archived("SKILL.md", b"two")
    crc = base64.b64encode(zlib.crc32(announced).to_bytes(4, "big")).decode()
    prepared = await use(
        "upload-skill",
        action="prepare",
        page_id=SKILL,
        content_length=len(announced),
        checksum_crc32=crc,
    )
    complete = {"action": "complete", "page_id": SKILL}
    token = prepared["upload_token"]
    missing = await fail("upload-skill", **complete, upload_token=token)
    assert missing["code"] == "object_not_found"
    await post(caller, prepared, sent)
    differs = await fail("upload-skill", **complete, upload_token=token)
    assert differs["message"].startswith("The upload does not match")
    for arguments in (
        complete,
        {"action": "prepare", "page_id": SKILL},
        {"action": "prepare", "page_id": HANDBOOK, "content_length": 1, "checksum_crc32": 1},
        {"action": "prepare", "page_id": SKILL, "content_length": 1, "checksum_crc32": "zz"},
    ):
        assert (await fail("upload-skill", **arguments))["code"] == "validation_error"


@pytest.mark.parametrize(
    "content", [b"", b"no archive", archived("README.md", b"x"), archived("SKILL.md", b"\xff")]
)
async def test_what_is_no_skill_archive_is_not_read(content: bytes) -> None:
    with pytest.raises(InvalidArchiveError):
        content_of(content)
