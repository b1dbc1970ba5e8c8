"""What an e-mail says of a message: what happened, and what to do next.

Names in it are other people's: of workspaces, spaces and people. So they are cut and cleaned until
they can hold no link, no telephone number and no line of their own. Whoever reads the mail knows
every other word of it as the gateway's.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from notion_gateway.kernel.mail_address import is_mail_address
from notion_gateway.notices.rules.messages import TEST, Kind

_NAME_CHARACTERS: Final = 40
_MOST_DIGITS: Final = 6
"""More of them may be a telephone number, which mail programs offer to call."""
_ALSO_IN_NAMES: Final = frozenset("-_'&,()")
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_|+~-]{1,64}")
_NAMELESS: Final = "(no name)"

_NOTHING: Final = "Nothing, if you know of it. Otherwise ask who that was."
_OF_NOBODY_ELSE: Final = "Calls of everybody else in the space go with another connection."
_CONNECT: Final = "An owner of the space connects it with Notion again, on this page:"
_WHY_REFUSED: Final = (
    "it was removed in Notion's settings, or its time is over. Nobody can use Notion there"
    " meanwhile."
)
_WHY_ENDS: Final = {
    "absolute": "Notion keeps no connection for more than 180 days after the consent.",
    "idle": "Notion keeps no connection that nobody uses, and could not be asked to renew it.",
}


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it. ``page``: where spaces are connected. ``why``: why they are told, and how that
    ends.
    """

    page: str
    why: str


def mail_of(payload: Mapping[str, Any], space_name: str | None, reader: Reader) -> Mail:
    """``payload`` as a message has it. A kind that is not known here is named, no more."""
    data: Mapping[str, Any] = payload.get("data") or {}
    kind, space_id = str(payload.get("type")), _id(data.get("space_id"))
    space = f"“{_name(space_name)}”" if space_name else space_id
    words = _words_of_own(kind, data, space) if is_of_own_grant(payload) else None
    subject, happened, next_step = words or _words(kind, data, space)
    text = (
        f"{happened}\n\nWhat to do next: {next_step}\n\n{reader.page}\n\n"
        f"Space: {space_id}\nTime: {_moment(payload.get('timestamp'))}\n\n--\n{reader.why}\n"
        "This e-mail never asks for a password or a token.\n"
    )
    return Mail(f"{subject}: {space}", text)


def invitation_mail(
    space_id: str, space_name: str | None, invited_by: str, link: str, ends_at: str
) -> Mail:
    """To somebody whom an owner invites by their address. ``link`` is the gateway's own."""
    who = _person(invited_by)
    space = f"“{_name(space_name)}”" if space_name else _id(space_id)
    text = (
        f"{who} invites you to the space {space}. Its members work with its connection to Notion:"
        " in a chat, and from their own programs.\n\n"
        "What to do next: open this link. You are asked to sign in, and whether to join:\n\n"
        f"{link}\n\n"
        f"One person joins by it, until {_moment(ends_at)}. Pass it on to nobody: whoever has it"
        " could join in your place.\n\n--\n"
        "You are told because an owner of the space has named this address. Where you do nothing,"
        " nothing comes of it.\nThis e-mail never asks for a password or a token.\n"
    )
    return Mail(f"You are invited to a space: {space}", text)


def is_of_own_grant(payload: Mapping[str, Any]) -> bool:
    """Whether it is about a member's own connection, and not about the space's."""
    data: Mapping[str, Any] = payload.get("data") or {}
    return bool(data.get("member"))


def _words_of_own(kind: str, data: Mapping[str, Any], space: str) -> tuple[str, str, str] | None:
    """As ``_words``, of a member's own connection: nobody else's calls go with it."""
    who = _person(data.get("member"))
    their = f"The own connection of {who} in the space {space}"
    connect = f"{who} connects Notion again, as nobody else can, on this page:"
    match kind:
        case Kind.GRANT_EXPIRING:
            happened = (
                f"{their} with {_workspace(data)} ends on {_moment(data.get('ends_at'))}."
                f" {_why_ends(data)} Until then it works as before. {_OF_NOBODY_ELSE}"
            )
            return f"A member's own Notion ends within {_within(data)}", happened, connect
        case Kind.GRANT_RECONNECT_REQUIRED:
            happened = (
                f"{their} is accepted by Notion no more: it was removed in Notion's settings, or"
                f" its time is over. Calls of {who} are refused meanwhile. {_OF_NOBODY_ELSE}"
            )
            return "A member has to connect their own Notion again", happened, connect
        case Kind.GRANT_CONNECTED:
            happened = (
                f"{who} connected their own Notion in the space {space}: {_workspace(data)}."
                f" {_OF_NOBODY_ELSE}"
            )
            return "A member connected their own Notion", happened, _NOTHING
        case Kind.GRANT_DISCONNECTED:
            by = _person(data.get("disconnected_by"))
            happened = f"{their} with Notion was ended by {by}. {_OF_NOBODY_ELSE}"
            next_step = f"{_NOTHING} {who} can connect it again here:"
            return "A member's own Notion was disconnected", happened, next_step
        case Kind.BUDGET_EXHAUSTED:
            happened = (
                f"Notion refused calls of {who} in the space {space}, which go with their own"
                " connection: there were more than it grants in a minute. They wait for their turn"
                f" now. {_OF_NOBODY_ELSE}"
            )
            next_step = f"Look for a program of {who} that calls in a loop:"
            return "Notion refuses a member's calls", happened, next_step
        case _:
            return None


def _words(kind: str, data: Mapping[str, Any], space: str) -> tuple[str, str, str]:
    """The subject, what happened, and what to do next."""
    match kind:
        case Kind.GRANT_EXPIRING:
            ends = _moment(data.get("ends_at"))
            happened = (
                f"The connection of the space {space} with {_workspace(data)} ends on {ends}."
                f" {_why_ends(data)} Until then it works as before."
            )
            return f"Connect Notion again within {_within(data)}", happened, _CONNECT
        case Kind.GRANT_RECONNECT_REQUIRED:
            return (
                "Notion has to be connected again",
                f"Notion accepts the connection of the space {space} no more: {_WHY_REFUSED}",
                _CONNECT,
            )
        case Kind.GRANT_CONNECTED:
            who = _person(data.get("connected_by"))
            happened = f"{who} connected the space {space} with {_workspace(data)}."
            return "Notion was connected", happened, _NOTHING
        case Kind.GRANT_DISCONNECTED:
            who = _person(data.get("disconnected_by"))
            happened = f"{who} ended the connection of the space {space} with Notion."
            return "Notion was disconnected", happened, f"{_NOTHING} Connections are made here:"
        case Kind.MEMBER_REMOVED:
            who, removed = _person(data.get("removed_by")), _person(data.get("user_id"))
            happened = f"{who} removed {removed} from the space {space}."
            return "Somebody was removed", happened, _NOTHING
        case Kind.SPACE_DELETED:
            who = _person(data.get("deleted_by"))
            happened = (
                f"{who} deleted the space {space}. Its connections to Notion, its tokens and its"
                " chats have ended, and you are told no more of it."
            )
            return "A space was deleted", happened, _NOTHING
        case Kind.TOOLS_CHANGED:
            count = int(str(data.get("changes") or 0))
            number = "one change" if count == 1 else f"{count} changes"
            happened = f"Notion lists other tools for the space {space} than before: {number}."
            return "Notion's tools have changed", happened, "See what is other, and what it may do:"
        case Kind.BUDGET_EXHAUSTED:
            happened = (
                f"Notion refused calls of the space {space}: there were more than it grants in a"
                " minute. They wait for their turn now, shared among all who call."
            )
            return "Notion refuses calls", happened, "Look for a program that calls in a loop:"
        case _ if kind == TEST:
            who = _person(data.get("asked_by"))
            happened = f"{who} asked for a test: e-mail about the space {space} arrives here."
            return "A test", happened, "Nothing."
        case _:
            what = _name(kind.replace(".", " "))
            return "News", f"There is news of the space {space}: {what}.", "Look at this page:"


def _within(data: Mapping[str, Any]) -> str:
    days = data.get("within_days")
    return "a day" if days == 1 else f"{int(days or 0)} days"


def _why_ends(data: Mapping[str, Any]) -> str:
    return _WHY_ENDS.get(str(data.get("limit")), "")


def _name(value: object) -> str:
    """Letters, figures and a few signs. A full stop, a colon or a slash could make a link."""
    text = unicodedata.normalize("NFC", value) if isinstance(value, str) else ""
    kept = "".join(one if _is_of_a_name(one) else " " for one in text)
    if sum(one.isdigit() for one in kept) > _MOST_DIGITS:
        kept = "".join(" " if one.isdigit() else one for one in kept)
    return " ".join(kept.split())[:_NAME_CHARACTERS].strip() or _NAMELESS


def _is_of_a_name(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN" or char in _ALSO_IN_NAMES


def _id(value: object) -> str:
    """As it is, where it can be no link."""
    text = value if isinstance(value, str) else ""
    return text if _PLAIN_ID.fullmatch(text) else _name(text)


def _person(value: object) -> str:
    """Many are known by their e-mail address."""
    text = value if isinstance(value, str) else ""
    return text if is_mail_address(text) else _id(text)


def _workspace(data: Mapping[str, Any]) -> str:
    workspace: Mapping[str, Any] = data.get("workspace") or {}
    return f"the Notion workspace “{_name(workspace.get('name'))}”"


def _moment(value: object) -> str:
    """``2026-11-29T17:15:00+00:00`` without what people do not read."""
    text = value if isinstance(value, str) else ""
    found = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", text)
    return f"{found[1]} {found[2]} UTC" if found else "an unknown date"
