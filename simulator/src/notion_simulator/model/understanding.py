"""Plain English requests, taken apart by rules. Only what the user typed comes here."""

import re
from dataclasses import replace

from notion_simulator.model.intents import Help, Intent, OnTarget
from notion_simulator.model.naming import APOSTROPHE, target_of
from notion_simulator.model.rules import FIND, RULES, T

# A request is what a person types; more than this is somebody's paste, and slow to match.
MAX_REQUEST_CHARACTERS = 4_000
POLITENESS = re.compile(
    r"(?:please|kindly|hey|hi|hello|ok(?:ay)?|now|then|so|and|great|thanks|"
    rf"(?:could|can|would|will) you|i(?: would|{APOSTROPHE}d)? (?:like|want|need)(?: you)? to|"
    rf"let{APOSTROPHE}?s|"
    r"help me(?: to)?)\b[\s,.!]*",
    re.IGNORECASE,
)
CLOSING = re.compile(r"[\s,]*(?:,? please|,? thanks|,? thank you|for me)[.!?\s]*$", re.IGNORECASE)

FIND_AND = re.compile(rf"{FIND} and (?P<rest>.+)", re.IGNORECASE | re.DOTALL)
FIND_THEN = re.compile(
    rf"{FIND} {T}[,;]? (?:and then|and|then) (?P<rest>.+)", re.IGNORECASE | re.DOTALL
)


def understand(request: str) -> Intent:
    """Returns what a request asks for; `Help(asked=False)` if no rule fits."""
    if len(request) > MAX_REQUEST_CHARACTERS:
        return Help(asked=False)
    return _understand(_bare(request))


def _bare(request: str) -> str:
    text = request.strip()
    while (polite := POLITENESS.match(text)) and polite.end() < len(text):
        text = text[polite.end() :]
    # What is quoted or follows a colon is content, with whatever it ends.
    return text if re.search(r'[:"“”]', text) else CLOSING.sub("", text)


def _understand(text: str) -> Intent:
    together = FIND_AND.fullmatch(text)
    if together is not None:
        return _understand(together["rest"])
    one_by_one = FIND_THEN.fullmatch(text)
    if one_by_one is not None:
        then = _understand(_bare(one_by_one["rest"]))
        if isinstance(then, OnTarget) and then.target.is_it:
            return replace(then, target=target_of(one_by_one["target"]))
    for pattern, build in RULES:
        match = pattern.fullmatch(text)
        if match is not None:
            return build(match)
    return Help(asked=False)
