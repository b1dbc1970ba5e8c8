"""What people call a page: quoted or not, with articles, as an address, or just "it"."""

import re

from notion_simulator.model.intents import IT, Target

PAGE = r"(?:pages?|notes?|documents?|docs?)"
APOSTROPHE = "['\u2019]"
QUOTES = '"“”„'
WHOLLY_QUOTED = re.compile(rf"[{QUOTES}](?P<inner>[^{QUOTES}]+)[{QUOTES}]|'(?P<single>[^']+)'")
CODE = re.compile(r"`([^`]+)`")
ADDRESS = re.compile(
    r"https?://\S+|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE
)
# A page that the client's person has named: its title says nothing, the address does.
MENTION = re.compile(r"@\[(?:[^\\\[\]]|\\.)*\]\((?P<address>https?://[^\s()]+)\)")
REFERENCE = re.compile(
    r"(?:it|this|that|this one|that one|(?:this|that|the same|the found) "
    rf"(?:{PAGE}|database|row|result))(?:{APOSTROPHE}s content)?",
    re.IGNORECASE,
)
PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
PLACE = re.compile(
    rf"(?:the )?(?P<place>{'|'.join(PLACES)})(?: (?:one|{PAGE}|result|hit|of them))?", re.IGNORECASE
)
# "the page called X", "the roadmap database": words around a name that are no part of it.
KIND = r"(?:pages?|documents?|docs?|database)"
BEFORE = re.compile(
    r"(?:(?:the|my|our|a|an|any|all|some|me)\s+|"
    rf"(?:{PAGE}|database)\s+(?:called|named|titled|about|on|with the title)\s+|"
    rf"(?:{KIND}|row|task|entry|called|named|titled|about)\s+)",
    re.IGNORECASE,
)
AFTER = re.compile(rf"\s+{KIND}$", re.IGNORECASE)


def unquoted(text: str) -> str:
    """Returns text without the quotes around the whole of it."""
    stripped = text.strip()
    match = WHOLLY_QUOTED.fullmatch(stripped) or WHOLLY_QUOTED.fullmatch(stripped.rstrip(".!?"))
    if match is not None:
        return (match["inner"] or match["single"]).strip()
    return stripped


def name_of(text: str) -> str:
    """Returns a title or value without quotes or the end of the sentence it stood in."""
    bare = unquoted(text)
    return bare if bare != text.strip() else bare.rstrip(".!?, ") or bare


def target_of(text: str) -> Target:
    """Returns what is meant by a page's or database's name, address, or reference."""
    stripped = text.strip()
    ended = stripped.rstrip(".!?,; ")
    mention = MENTION.search(stripped)
    if mention is not None:
        return Target(address=mention["address"])
    address = ADDRESS.search(stripped)
    if address is not None:
        return Target(address=address[0].rstrip(".!?,;)>]"))
    if REFERENCE.fullmatch(ended):
        return IT
    place = PLACE.fullmatch(ended)
    if place is not None:
        return Target(place=PLACES[place["place"].lower()])
    return Target(name=_plain_name(stripped))


def _plain_name(text: str) -> str:
    quoted = re.search(rf"[{QUOTES}]([^{QUOTES}]+)[{QUOTES}]", text) or CODE.search(text)
    if quoted is not None:
        return quoted[1].strip()
    name = name_of(text)
    if name != text.rstrip(".!?,; "):
        return name
    while (before := BEFORE.match(name)) and before.end() < len(name):
        name = name[before.end() :]
    return AFTER.sub("", name) or name
