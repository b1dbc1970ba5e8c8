"""notion-create-folder and notion-update-folder; the answers' form is not captured."""

from typing import Any
from uuid import uuid4

from notion_simulator.tools.attachments import find_file
from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.parents import find_page
from notion_simulator.tools.tool import (
    ADDS,
    OVERWRITES,
    Arguments,
    Call,
    Result,
    Tool,
    exactly,
    text,
)
from notion_simulator.workspace.files import Folder
from notion_simulator.workspace.model import canonical_id, page_url
from notion_simulator.workspace.rendering import folder_element

PARENT: dict[str, Any] = {
    "anyOf": [
        {
            "type": "object",
            "properties": {key: {"type": "string"}},
            "required": [key],
            "additionalProperties": False,
        }
        for key in ("page_id", "folder_id")
    ]
}
NEEDED = {"add_files": "file_upload_ids", "remove_files": "file_urls", "add_subfolder": "title"}
SOME = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 100}


def create_folder(call: Call, arguments: Arguments) -> Result:
    """Creates an empty folder of a page or in a folder; every call makes a new one."""
    parent = arguments["parent"]
    if "folder_id" in parent:
        above = _find(call, parent["folder_id"])
        return _shown(call, _add(call, arguments["title"], folder_id=above.id))
    page = find_page(call, parent["page_id"])
    return _shown(call, _add(call, arguments["title"], page_id=page.id))


def update_folder(call: Call, arguments: Arguments) -> Result:
    """Adds or removes files, or adds a folder; nothing changes if one of the files is unknown."""
    folder = _find(call, arguments["folder_id"])
    command = arguments["command"]
    if NEEDED[command] not in arguments:
        message = f"{NEEDED[command]} is required for {command}."
        raise invalid(message)
    match command:
        case "add_files":
            files = [find_file(call, each) for each in arguments["file_upload_ids"]]
            folder.file_ids += [file.id for file in files if file.id not in folder.file_ids]
        case "remove_files":
            here = {call.workspace.files[file_id].url: file_id for file_id in folder.file_ids}
            unknown = [url for url in arguments["file_urls"] if url not in here]
            if unknown:
                raise not_found("file", unknown[0])
            for url in arguments["file_urls"]:
                folder.file_ids.remove(here[url])
        case _:
            _add(call, arguments["title"], folder_id=folder.id)
    return _shown(call, folder)


def _add(
    call: Call, title: str, *, page_id: str | None = None, folder_id: str | None = None
) -> Folder:
    folder = Folder(str(uuid4()), title, page_id, folder_id)
    call.workspace.folders[folder.id] = folder
    return folder


def _find(call: Call, identifier: str) -> Folder:
    folder = call.workspace.folders.get(canonical_id(identifier) or "")
    if folder is None:
        raise not_found("folder", identifier)
    return folder


def _shown(call: Call, folder: Folder) -> Result:
    return {
        "folder_id": folder.id,
        "url": page_url(folder.id),
        "title": folder.title,
        "text": folder_element(call.workspace, folder),
    }


TOOLS = (
    Tool(
        "notion-create-folder",
        "Create Notion folder",
        "Creates an empty folder that a page owns, or inside another folder.",
        exactly({"parent": PARENT, "title": text()}, ("parent", "title")),
        ADDS,
        create_folder,
    ),
    Tool(
        "notion-update-folder",
        "Update Notion folder",
        "Adds files to a folder, removes them, or adds a folder inside it.",
        exactly(
            {
                "folder_id": text("UUID"),
                "command": {"type": "string", "enum": list(NEEDED)},
                "file_upload_ids": SOME,
                "file_urls": SOME,
                "title": text(),
            },
            ("folder_id", "command"),
        ),
        OVERWRITES,
        update_folder,
    ),
)
