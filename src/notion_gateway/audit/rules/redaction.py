"""What was said in a call and its answer, as it may be kept: without what looks like a credential,
and no longer than MOST_CHARACTERS.

What is left out is known by the name that it stands under, by its form, or by looking random. That
finds too much rather than too little, and still cannot find everything: a password in a sentence is
a word like others.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

from notion_gateway.kernel.text import TOKEN

MOST_CHARACTERS: Final = 4000
REDACTED: Final = "[redacted]"
CUT: Final = "… [cut]"
TOO_DEEP: Final = "[nested too deep]"
_DEEPEST: Final = 40

_SECRET_NAME: Final = re.compile(
    r"passw|passphrase|pwd|secret|token|api[-_ ]?key|credential|authoriz|authentication|cookie"
    r"|private[-_ ]?key|signature|bearer|^otp$|^pin$|one[-_ ]?time",
    re.IGNORECASE,
)
# Each finds what it looks for in one way through a text, however that is made: callers choose it.
_FORMS: Final = tuple(
    re.compile(form)
    for form in (
        r"(?s)-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)",
        r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*",  # JSON Web Tokens
        r"\b(?:ntn|secret)_[\w-]{8,}",  # Notion's
        r"\bnmg[a-z]_[\w-]{8,}",  # the gateway's own
        r"\b(?:sk|pk|rk|whsec|hf|npm|dop_v1|shp(?:at|ss))[-_][\w-]{16,}",
        r"\b(?:gh[pousr]|github_pat|glpat|xox[a-z]|xapp)[-_][\w-]{8,}",
        r"\b(?:AKIA|ASIA)[0-9A-Z]{12,}",
        r"\bAIza[\w-]{20,}",
        r"\bya29\.[\w-]{8,}",
        r"\bSG\.[\w-]{16,}\.[\w-]{16,}",
        r"(?<=://)[^/\s:@]{1,200}:[^/\s@]{1,200}(?=@)",
        r"(?i:(?<=bearer )|(?<=basic ))[\w\-.~+/]{6,}=*",
        r"\b[0-9a-fA-F]{40,}\b",
        # It looks random, and is no address of a page, which ends in 32 digits.
        r"(?<![\w-])(?![\w-]*[0-9a-f]{32}(?![\w-]))(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{32,}",
    )
)
_NAMED: Final = (
    re.compile(
        r"(?i)([?&](?:x-amz-(?:signature|credential|security-token)|sig|signature|\w*token|code"
        r"|\w*key|\w*secret|password)=)[^&\s\"'<>)\]]+"
    ),
    re.compile(
        r"(?i)((?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|credential|authorization)"
        r"\w{0,40}[\"']?\s{0,3}[:=]\s{0,3})(?:\"[^\"]*\"?|'[^']*'?|(?:bearer |basic )?[^\s\"',;]+)"
    ),
)
_LONE_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


def kept_form(value: object) -> str:
    """One line of JSON, redacted and then cut, so that nothing of a credential stands at the end
    because the rest of it is missing.
    """
    text = json.dumps(redacted(value), ensure_ascii=False, separators=(",", ":"))
    text = _LONE_SURROGATE.sub("\ufffd", text)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + CUT


def redacted(value: object, depth: int = 0) -> object:
    """The same in shape; also within a text that is JSON itself, as tools like to answer."""
    if depth > _DEEPEST:
        return TOO_DEEP
    if isinstance(value, str):
        return _of_text(value, depth)
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return {_text(name): _member(name, one, depth) for name, one in members.items()}
    if isinstance(value, Sequence):
        return [redacted(one, depth + 1) for one in cast("Sequence[object]", value)]
    return value


def _member(name: str, value: object, depth: int) -> object:
    if _SECRET_NAME.search(name) and not (value is None or isinstance(value, bool)):
        return REDACTED
    return redacted(value, depth + 1)


def _of_text(text: str, depth: int) -> str:
    if text.lstrip()[:1] in ("{", "["):
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError):
            return _text(text)
        return json.dumps(redacted(document, depth + 1), ensure_ascii=False)
    return _text(text)


def _text(text: str) -> str:
    for form in (TOKEN, *_FORMS):
        text = form.sub(REDACTED, text)
    for named in _NAMED:
        text = named.sub(rf"\1{REDACTED}", text)
    return text
