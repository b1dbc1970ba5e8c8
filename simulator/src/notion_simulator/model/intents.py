"""What a user can want of the scripted model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """The page or database that is meant: by name, by address, or by reference.

    `address` is a URL or an id. `place` counts results of the last search from
    0, and -1 is the last of them. With none of the three it is "it": what the
    conversation was about before.
    """

    name: str = ""
    address: str = ""
    place: int | None = None

    @property
    def is_it(self) -> bool:
        return not self.name and not self.address and self.place is None


IT = Target()


@dataclass(frozen=True, slots=True)
class Search:
    words: str


@dataclass(frozen=True, slots=True)
class ListRecent:
    """The pages that were edited last."""


@dataclass(frozen=True, slots=True)
class ListDatabases:
    """Every database there is."""


@dataclass(frozen=True, slots=True)
class ListRows:
    """The rows of a database, or those with a value in a column."""

    target: Target
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """A page as it is written."""

    target: Target


@dataclass(frozen=True, slots=True)
class Summarise:
    target: Target


@dataclass(frozen=True, slots=True)
class Create:
    title: str
    content: str = ""
    parent: Target | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    target: Target
    title: str


@dataclass(frozen=True, slots=True)
class SetValue:
    """A property of a page, for instance a row's status."""

    target: Target
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Append:
    target: Target
    content: str


@dataclass(frozen=True, slots=True)
class ReplaceText:
    target: Target
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ReplaceAll:
    """Everything on a page."""

    target: Target
    content: str


@dataclass(frozen=True, slots=True)
class CheckOff:
    """A to-do on a page."""

    target: Target
    item: str


@dataclass(frozen=True, slots=True)
class AddComment:
    target: Target
    text: str


@dataclass(frozen=True, slots=True)
class ReadComments:
    target: Target


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """The connected workspace and user."""


@dataclass(frozen=True, slots=True)
class Help:
    """`asked` is false if the request was not understood."""

    asked: bool = True


OnTarget = (
    ListRows
    | Read
    | Summarise
    | Rename
    | SetValue
    | Append
    | ReplaceText
    | ReplaceAll
    | CheckOff
    | AddComment
    | ReadComments
)
Intent = OnTarget | Search | ListRecent | ListDatabases | Create | WhoAmI | Help
