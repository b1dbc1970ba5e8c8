"""The forms of requests that are understood; the first that fits a whole request wins."""

import re
from collections.abc import Callable

from notion_simulator.model.intents import (
    AddComment,
    Append,
    CheckOff,
    Create,
    Help,
    Intent,
    ListDatabases,
    ListRecent,
    ListRows,
    Read,
    ReadComments,
    Rename,
    ReplaceAll,
    ReplaceText,
    Search,
    SetValue,
    Summarise,
    WhoAmI,
)
from notion_simulator.model.naming import APOSTROPHE, PAGE, name_of, target_of, unquoted

# Quoted, or as little as lets the rest of a rule fit.
T = r'(?P<target>["“„][^"“”]+["”]|.+?)'
TEXT = r"(?P<text>.+)"
SAYING = r"(?:\s*:\s*|\s+(?:saying|that says|with(?: the)?(?: text| content| words?)?)\s*:?\s+)"
CONTAINING = (
    r"(?:\s*:\s*|,?\s+(?:saying|that says|containing|and (?:put|write)|"
    r"with(?: the)?(?: following)?(?: text| content| body| words?)?)\s*:?\s+)"
)
FIND = r"(?:find|search(?: for)?|look (?:up|for)|locate|open|get|fetch|read|show me)"
SUMMARISE = (
    r"(?:summari[sz]e|sum up|tl;?dr|(?:(?:give|write|show)(?: me)? |make )?a (?:short )?"
    rf"summary(?: of)?|tell me (?:about|what{APOSTROPHE}s in)|what{APOSTROPHE}s (?:in|on)|"
    r"what is (?:in|on))"
)

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], Intent]]


def _rule(pattern: str, build: Callable[[re.Match[str]], Intent]) -> Rule:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL), build


def _create(match: re.Match[str]) -> Intent:
    content = match["text"]
    parent = match["parent"] or match["below"]
    return Create(
        name_of(match["title"] or ""),
        unquoted(content) if content else "",
        target_of(parent) if parent else None,
    )


def _piece(text: str) -> str:
    """Returns what stands on a page; "the word" before a quotation is not part of it."""
    return unquoted(re.sub(r"^(?:the )?(?:text|words?|line|sentence|phrase) (?=[\"“„])", "", text))


def _words(text: str) -> str:
    return target_of(text).name or unquoted(text)


# A file that the client's person has uploaded, as Notion's markdown has it on a page.
FILE = re.compile(r"@\[((?:[^\\\[\]<>]|\\.)*)\]\((file-upload://[\w-]+)\)")


def _append(match: re.Match[str]) -> Intent:
    text = FILE.sub(r'<file src="\2">\1</file>', unquoted(match["text"]))
    kind = (match["kind"] or "").lower()
    if "do" in kind or "task" in kind:
        text = f"- [ ] {text}"
    elif "heading" in kind:
        text = f"## {text}"
    elif "bullet" in kind or "item" in kind:
        text = f"- {text}"
    return Append(target_of(match["target"]), text)


RULES: tuple[Rule, ...] = (
    _rule(
        r"(?:hi|hello|hey|help|\?|what can (?:you|i) do.*|what do you do.*|who are you.*|"
        r"are you (?:an? )?(?:ai|model|bot|robot|human).*|how does this work.*)?[\s.!?]*",
        lambda _: Help(),
    ),
    _rule(
        r"(?:(?:which|what) workspace\b.*|who am i.*|am i connected.*|"
        r"(?:show|check)(?: me)? (?:my|the) connection.*)",
        lambda _: WhoAmI(),
    ),
    # Comments
    _rule(
        r"(?:add|leave|write|post|make) (?:a |the )?comment "
        rf'(?P<text>["“„].+["”]) (?:to|on|in|at) {T}',
        lambda m: AddComment(target_of(m["target"]), unquoted(m["text"])),
    ),
    _rule(
        rf"(?:(?:add|leave|write|post|make) a comment|comment) (?:to|on|in|at) {T}{SAYING}{TEXT}",
        lambda m: AddComment(target_of(m["target"]), unquoted(m["text"])),
    ),
    _rule(
        r"(?:(?:show|list|read|get)(?: me)?|what are|are there|what do) (?:all |any )?(?:the )?"
        rf"(?:comments?|discussions?) (?:on|of|for|in|about) {T}",
        lambda m: ReadComments(target_of(m["target"])),
    ),
    # New pages
    _rule(
        r"(?:create|make|add|start|write) (?:me )?(?:a |an |the )?(?:new |notion |empty |blank )*"
        rf"(?:sub)?{PAGE}"
        r"(?: (?:under|below|inside) (?P<parent>[\"“„][^\"“”]+[\"”]|.+?)"
        r"(?=,? (?:called|named|titled)\b))?"
        r"(?:(?:,? (?:called|named|titled|about|with (?:the )?title|for)| *:)? "
        r"(?P<title>[\"“„][^\"“”]+[\"”]|.+?)"
        r"(?:,? (?:under|below|inside) (?P<below>[\"“„][^\"“”]+[\"”]|.+?))?"
        rf"(?:{CONTAINING}{TEXT})?)?[.!? ]*",
        _create,
    ),
    # Titles and properties
    _rule(
        rf"(?:rename|retitle) {T} (?:to|as|into) {TEXT}",
        lambda m: Rename(target_of(m["target"]), name_of(m["text"])),
    ),
    _rule(
        rf"(?:change|set|update) (?:the )?(?:title|name) (?:of|in|on|for) {T} (?:to|as) {TEXT}",
        lambda m: Rename(target_of(m["target"]), name_of(m["text"])),
    ),
    # Contents
    _rule(
        r"(?:replace|overwrite|change|set|update) (?:all )?(?:the )?(?:whole |entire )?"
        rf"(?:texts?|contents?|body|everything) (?:of|in|on) {T} (?:with|by|to)\s*:? {TEXT}",
        lambda m: ReplaceAll(target_of(m["target"]), unquoted(m["text"])),
    ),
    _rule(
        rf'(?:replace|change|swap) (?P<old>["“„].+?["”]|.+?) (?:with|by|to|for) '
        rf'(?P<text>["“„].+?["”]|.+?) (?:in|on) {T}',
        lambda m: ReplaceText(target_of(m["target"]), _piece(m["old"]), unquoted(m["text"])),
    ),
    _rule(
        rf"(?:in|on) {T},? (?:replace|change|swap) (?P<old>.+?) (?:with|by|to|for) {TEXT}",
        lambda m: ReplaceText(target_of(m["target"]), _piece(m["old"]), unquoted(m["text"])),
    ),
    _rule(
        rf"(?:check off|tick(?: off)?|complete) (?:the )?(?:to-?do|task|item)? ?"
        rf'(?P<text>["“„].+?["”]|.+?) (?:in|on|of) {T}',
        lambda m: CheckOff(target_of(m["target"]), unquoted(m["text"])),
    ),
    _rule(
        rf"(?:append|add|write|insert) to (?:the (?:end|bottom) of )?{T}\s*: ?{TEXT}",
        lambda m: Append(target_of(m["target"]), unquoted(m["text"])),
    ),
    _rule(
        r"(?:append|add|insert|write|put) (?:(?:a |an |the )?(?:new )?"
        r"(?P<kind>to-?do|task|line|paragraph|sentence|heading|note|text|bullet(?: point)?|"
        r"item)s?\b"
        rf"(?: saying| that says)?\s*:? ?)?(?P<text>[\"“„].+[\"”]|.+?) "
        rf"(?:to|into|on|in|at) (?:the (?:end|bottom) of )?{T}",
        _append,
    ),
    _rule(
        rf"(?:update|extend) {T} with (?:the )?(?:text|content|line)?\s*:? ?{TEXT}",
        lambda m: Append(target_of(m["target"]), unquoted(m["text"])),
    ),
    _rule(
        r"(?:change|set|update) (?:the )?(?P<column>[\w -]{1,40}?) (?:of|in|on|for) "
        rf"{T} (?:to|as) {TEXT}",
        lambda m: SetValue(target_of(m["target"]), m["column"], name_of(m["text"])),
    ),
    _rule(
        rf"(?:change|set|update) {T}{APOSTROPHE}s (?P<column>[\w -]{{1,40}}?) (?:to|as) {TEXT}",
        lambda m: SetValue(target_of(m["target"]), m["column"], name_of(m["text"])),
    ),
    _rule(
        rf"(?:mark|set) {T} (?:as|to) {TEXT}",
        lambda m: SetValue(target_of(m["target"]), "status", name_of(m["text"])),
    ),
    # Databases
    _rule(
        r"(?:(?:list|show|find|get)(?: me)?|what|which)(?: are)? (?:all )?(?:the |my |our )?"
        r"databases\b.*",
        lambda _: ListDatabases(),
    ),
    _rule(
        r"(?:(?:list|show|query|get|find)(?: me)?|what are|which are) (?:all )?(?:the )?"
        rf"(?:rows|entries|tasks|records) (?:of|in|from|on) {T}"
        r"(?:,? (?:with|where|whose)(?: the)? "
        r"(?:(?P<column>[\w -]{1,40}?) (?:is|=|are|of) |(?P<word>[\w-]+) )(?P<value>.+?))?",
        lambda m: ListRows(
            target_of(m["target"]), m["column"] or m["word"] or "", name_of(m["value"] or "")
        ),
    ),
    # Reading
    _rule(
        rf"{SUMMARISE}(?: {T})?",
        lambda m: Summarise(target_of(m["target"] or "it")),
    ),
    _rule(
        rf"(?:what|tell me what) (?:does|do) {T} say(?: about .*)?[?.]*",
        lambda m: Summarise(target_of(m["target"])),
    ),
    _rule(
        rf"(?:list|show|what|which)(?: me)?(?: are)? (?:all )?(?:the |my |our )?"
        rf"(?:recent |latest |last )?{PAGE}"
        r"(?: (?:are there|do (?:i|we) have|were edited.*))?[?.]*",
        lambda _: ListRecent(),
    ),
    _rule(
        r"(?:find|search|show|list|get|look|give|are there|is there|do we have|which|what)\b.*?\b"
        rf"{PAGE} (?:about|on|for|that mentions?|mentions?|mentioning|with|containing|contain|"
        rf"say) {TEXT}",
        lambda m: Search(_words(m["text"])),
    ),
    _rule(
        rf"(?:search|find|look)(?: notion| the workspace| everything)?(?: for| up)? {TEXT}",
        lambda m: Search(_words(m["text"])),
    ),
    _rule(
        r"(?:where is|where are|what do (?:we|you|i) (?:know|have) (?:about|on)|locate|list|"
        rf"show me everything (?:about|on)) {TEXT}",
        lambda m: Search(_words(m["text"])),
    ),
    _rule(
        rf"(?:read|open|fetch|show|get|display|quote)(?: me)?(?: aloud| out)? {T}",
        lambda m: Read(target_of(m["target"])),
    ),
)
