"""The words of the two small languages of Notion's tools: column definitions and view settings.

Neither is SQL: `'opt':color` is in no dialect that SQLite or a library parses.
"""

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s*(?:
    (?P<quoted>"(?:[^"]|"")*")
    | (?P<text>'(?:[^']|'')*')
    | (?P<number>-?\d+(?:\.\d+)?(?![\w-]))
    | (?P<word>\w[\w-]*)
    | (?P<mark><=|>=|!=|<>|[(),;:=<>])
    )""",
    re.VERBOSE,
)


class StatementError(ValueError):
    """A statement cannot be read; the text says where and what was expected."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str

    @property
    def value(self) -> str:
        """The text without its quotes."""
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"')
        return self.text[1:-1].replace("''", "'") if self.kind == "text" else self.text


END = Token("end", "the end")


class Words:
    """Reads statements word by word; keywords are not case-sensitive."""

    def __init__(self, statements: str) -> None:
        self._tokens = _tokens(statements)
        self._next = 0

    @property
    def peek(self) -> Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else END

    @property
    def at_end(self) -> bool:
        """Whether the statement is over."""
        return self.peek is END or self.peek.text == ";"

    def take(self) -> Token:
        token = self.peek
        self._next += 1
        return token

    def accept(self, *words: str) -> bool:
        """Takes these keywords or marks if they come next, all or none."""
        ahead = self._tokens[self._next : self._next + len(words)]
        unquoted = [token.text.upper() for token in ahead if token.kind in {"word", "mark"}]
        if unquoted != list(words):
            return False
        self._next += len(words)
        return True

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.error(" ".join(words))

    def name(self) -> str:
        """Takes a property's name, quoted or a bare word."""
        if self.peek.kind not in {"quoted", "word"}:
            raise self.error("a property name in double quotes")
        return self.take().value

    def text(self) -> str:
        """Takes a text in single or double quotes."""
        if self.peek.kind not in {"text", "quoted"}:
            raise self.error("a text in quotes")
        return self.take().value

    def value(self) -> str | float | bool:
        """Takes a text, a number, true or false."""
        token = self.take()
        match token.kind:
            case "text" | "quoted":
                return token.value
            case "number":
                return float(token.text) if "." in token.text else int(token.text)
            case "word" if token.text.lower() in {"true", "false"}:
                return token.text.lower() == "true"
            case "word":
                return token.text
            case _:
                self._next -= 1
                raise self.error("a value")

    def finish(self) -> None:
        """Takes the semicolons that end a statement."""
        if not self.at_end:
            raise self.error("; or the end")
        while self.accept(";"):
            pass

    def error(self, expected: str) -> StatementError:
        return StatementError(f"Expected {expected}, found {self.peek.text}")


def _tokens(statements: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    text = statements.rstrip()
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            message = f"Cannot read: {text[position:].strip()[:40]}"
            raise StatementError(message)
        tokens.append(Token(found.lastgroup, found[found.lastgroup]))
        position = found.end()
    return tokens
