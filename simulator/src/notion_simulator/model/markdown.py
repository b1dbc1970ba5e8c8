"""Foreign text in Markdown of one's own: nothing in it is left that a renderer would act on."""

import re
from dataclasses import dataclass

SPECIAL = re.compile(r"([\\`*_\[\]<>!|~#$&])")
DROPPED = re.compile(
    r"<(script|style|iframe|svg|form|attendees|transcript)\b.*?</\1\s*>|<!--.*?-->|"
    r"!\[[^\]]*\]\([^)]*\)|<[^>]*>",
    re.IGNORECASE | re.DOTALL,
)
LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\)+")
# Many renderers make links of these by themselves.
BARE_ADDRESS = re.compile(r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.)\S+", re.IGNORECASE)
MARKS = re.compile(r"\*{1,3}|~~|`|\$(?=`)|(?<=`)\$")
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"'\\`|{}^]+", re.IGNORECASE)
CHILD = re.compile(r'<(page|database) url="[^"]*"[^>]*>([^<]*)</\1>')
HEADING = re.compile(r"#{1,4}\s+(.+)")
TO_DO = re.compile(r"\s*- \[([ xX])\]\s+(.+)")
LIST_ITEM = re.compile(r"\s*(?:[-*]|\d+\.)\s+(.+)")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
MAX_TITLE_CHARACTERS = 120
# Pages may be long and made to be slow to take apart.
MAX_OUTLINED_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Outline:
    """A page's Markdown taken apart; plain text throughout.

    `to_dos` are (text, done), `children` the titles of pages and databases below.
    """

    sentences: tuple[str, ...]
    headings: tuple[str, ...]
    to_dos: tuple[tuple[str, bool], ...]
    items: tuple[str, ...]
    children: tuple[str, ...]


def escaped(text: str) -> str:
    """Returns plain text as Markdown that shows exactly this text, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def link(title: str, url: str) -> str:
    """Returns a link with a title; without a web address the title alone, in bold."""
    label = escaped(title[:MAX_TITLE_CHARACTERS]) or "Untitled"
    if WEB_ADDRESS.fullmatch(url) is None:
        return f"**{label}**"
    address = url.replace("(", "%28").replace(")", "%29")
    return f"[{label}]({address})"


def plain(markdown: str) -> str:
    """Returns the words of Markdown without its marks; images, tags and addresses are gone."""
    text = BARE_ADDRESS.sub("(address)", LINK.sub(r"\1", DROPPED.sub(" ", markdown)))
    return " ".join(MARKS.sub("", text).split())


def quoted(markdown: str) -> str:
    """Returns Markdown as a quotation, as it is written."""
    return "\n".join(f"> {line}".rstrip() for line in markdown.splitlines())


def outline(markdown: str) -> Outline:
    """Takes the beginning of a page's Markdown apart, line by line; code is left out."""
    prose: list[str] = []
    headings: list[str] = []
    to_dos: list[tuple[str, bool]] = []
    items: list[str] = []
    markdown = markdown[:MAX_OUTLINED_CHARACTERS]
    children = tuple(plain(title) for _, title in CHILD.findall(markdown))
    in_code = False
    # Tags first: what a script holds is none of the lines.
    for line in DROPPED.sub(" ", CHILD.sub("", markdown)).splitlines():
        if line.strip().startswith("```"):
            in_code = not in_code
            continue
        if in_code or not line.strip():
            continue
        heading, to_do, item = HEADING.match(line), TO_DO.match(line), LIST_ITEM.match(line)
        if heading:
            headings.append(plain(heading[1]))
        elif to_do:
            to_dos.append((plain(to_do[2]), to_do[1] != " "))
        elif item:
            items.append(plain(item[1]))
        elif words := plain(line.lstrip("> \t")):
            prose += SENTENCE_END.split(words)
    sentences = tuple(sentence for sentence in prose if any(map(str.isalnum, sentence)))
    return Outline(sentences, tuple(filter(None, headings)), tuple(to_dos), tuple(items), children)
