"""What a connection's status and events say, in words and lines."""

from typing import Any


def facts_of(found: dict[str, Any]) -> dict[str, object]:
    failure: dict[str, Any] = found.get("last_failure") or {}
    expiry: dict[str, Any] = found.get("expiry") or {}
    return {
        "Space": found.get("space_id"),
        "Connection": found.get("grant"),
        "Status": str(found.get("status", "unknown")).replace("_", " "),
        "Workspace": workspace_text(found),
        "Connected by": found.get("connected_by"),
        "Connected at": moment(found.get("connected_at")),
        "Token renewed at": moment(found.get("last_refreshed_at")),
        "Last renewal": found.get("last_refresh"),
        "Token expires at": moment(found.get("access_token_expires_at")),
        "Last call": _last_call(found),
        "Ends unless renewed": _limit(expiry, "idle"),
        "Ends at the latest": _limit(expiry, "absolute"),
        "Budget": _budget(found.get("budget") or {}),
        "Failed at": moment(failure.get("at")),
        "Failure": failure.get("error"),
    }


def _last_call(found: dict[str, Any]) -> str | None:
    """None where there is no grant in use, and of a gateway that does not say."""
    if "last_called_at" not in found or not found.get("expiry"):
        return None
    return moment(found["last_called_at"]) or "none yet"


def _limit(expiry: dict[str, Any], which: str) -> str | None:
    at, left = moment(expiry.get(f"{which}_limit_at")), expiry.get(f"days_to_{which}_limit")
    return None if at is None or left is None else f"{at}, in {left:.1f} days"


def _budget(budget: dict[str, Any]) -> str | None:
    """None where Notion has refused nothing."""
    if not budget:
        return None
    limit, seconds = budget.get("limit"), budget.get("window_seconds")
    granted = "how many calls Notion grants is not known yet"
    if limit is not None:
        granted = f"Notion grants about {limit} calls in {seconds:g} s"
    if not budget.get("is_paced"):
        return f"{granted}; no call waits"
    counts = {
        "used": budget.get("used"),
        "waiting": budget.get("waiting"),
        "refused here": budget.get("refused"),
        "refused by Notion": budget.get("refused_by_notion"),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    until = moment(budget.get("until"))
    return f"{granted}; {told}" + (f"; none goes before {until}" if until else "")


def workspace_of(document: dict[str, Any]) -> dict[str, Any]:
    return document.get("workspace") or {}


def workspace_text(document: dict[str, Any]) -> str | None:
    workspace = workspace_of(document)
    name, identifier = workspace.get("name"), workspace.get("id")
    if name and identifier:
        return f"{name} ({identifier})"
    return name or identifier


def moment(value: object) -> str | None:
    """To the second, as the gateway has it: in UTC."""
    if not isinstance(value, str):
        return None
    return f"{value[:19].replace('T', ' ')} UTC"
