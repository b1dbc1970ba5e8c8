"""notion-get-async-task, and the starting and doing of such tasks.

The field names of the task are from Notion's documents, not from a capture.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from notion_simulator.tools.errors import NotionError, error_document, not_found
from notion_simulator.tools.tool import READS, Arguments, Call, Result, Tool, exactly, text
from notion_simulator.workspace.model import Workspace
from notion_simulator.workspace.tasks import Task, due

GET_ASYNC_TASK = "notion-get-async-task"
POLL_AFTER_SECONDS = 1


def start(call: Call, work: Callable[[Call], Result]) -> Result:
    """Queues `work` and returns the async_task that stands for it."""

    def later(now: float) -> Result:
        return work(replace(call, now=now))

    task = Task(f"task_{uuid4().hex}", call.now, call.settings.async_task_seconds, later)
    call.workspace.tasks[task.id] = task
    return {
        "async_task": {
            "id": task.id,
            "status": task.status(call.now),
            "poll_after_seconds": POLL_AFTER_SECONDS,
        }
    }


def settle(workspace: Workspace, now: float) -> None:
    """Does the work whose time has come; every call of a tool begins with this."""
    for task in due(workspace.tasks.values(), now):
        try:
            task.result = task.work(task.due_at)
        except NotionError as error:
            task.error = error_document(error)


def wants_async(call: Call, arguments: Arguments) -> bool:
    """Whether a call may be answered with a task: asked for, and there is a tool to poll it."""
    return bool(arguments.get("allow_async")) and call.offers(GET_ASYNC_TASK)


def get_async_task(call: Call, arguments: Arguments) -> Result:
    """Tells how far a task is, with its result or its error once it is done."""
    task = call.workspace.tasks.get(arguments["task_id"])
    if task is None:
        raise not_found("async task", arguments["task_id"])
    described: dict[str, Any] = {"id": task.id, "status": task.status(call.now)}
    if task.error is not None:
        described["error"] = task.error
    elif task.result is not None:
        described["result"] = task.result
    else:
        described["poll_after_seconds"] = POLL_AFTER_SECONDS
    return described


TOOLS = (
    Tool(
        GET_ASYNC_TASK,
        "Get async task",
        "Tells the status of work that another tool started in the background, and its result or "
        "error once there is one.",
        exactly({"task_id": text("The id in async_task")}, ("task_id",)),
        READS,
        get_async_task,
    ),
)
