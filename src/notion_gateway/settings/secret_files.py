"""Secrets in files: where ``NAME`` takes one, ``NAME_FILE`` names a file that holds it, as Docker,
Kubernetes and systemd hand secrets over.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from notion_gateway.settings.errors import ConfigurationError

END: Final = "_file"
"""Of the variable that names the file, in either case."""
_MOST_BYTES: Final = 1024 * 1024


def is_secret(field: FieldInfo) -> bool:
    """Of a type that hides it, or kept out of ``repr`` because a password may stand in it."""
    whole: Any = field.annotation
    parts = get_args(whole) if get_origin(whole) in (Union, UnionType) else (whole,)
    return SecretStr in parts or not field.repr


def with_files_read(
    given: Mapping[str, str], secrets: Collection[str], *, elsewhere: Collection[str] = ()
) -> dict[str, str]:
    """``given``, and what stands in the files that it names for these secrets.

    All names are in one case, with ``END`` in the same. A file for one that is given
    ``elsewhere``, which wins, is not read. Raises ConfigurationError with a line for each fault.
    """
    found, faults = dict(given), list[str]()
    for name in secrets:
        variable = name + (END.upper() if name.isupper() else END)
        if variable not in given or name in elsewhere:
            continue
        if name in given:
            faults.append(_BOTH.format(name.upper()))
            continue
        try:
            found[name] = read_secret(variable.upper(), given[variable])
        except ConfigurationError as fault:
            faults.append(str(fault))
    if faults:
        raise ConfigurationError("\n".join(faults))
    return found


_BOTH = (
    "{0} and {0}_FILE are both set, and might differ: unset one of them. The latter names a file"
    " that holds the former's value."
)


def read_secret(variable: str, path: str) -> str:
    """What the file holds, without the line break at its end. Raises ConfigurationError, which
    shows neither content nor path: people put the secret itself where a path belongs.
    """
    meant = variable[: -len(END)]
    hint = f"It has to name a file that this user may read, with the value of {meant} in it."
    try:
        file = Path(path.strip()).expanduser()
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        text = content.decode()
    except OSError as fault:
        raise ConfigurationError(
            f"{variable} names a file that cannot be read: {fault.strerror}. {hint}"
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{variable} names a file that is no UTF-8 text. {hint}") from None
    except (RuntimeError, ValueError):  # no home directory; a NUL in the path
        raise ConfigurationError(f"{variable} is no path of a file. {hint}") from None
    if len(content) > _MOST_BYTES:
        raise ConfigurationError(f"{variable} names a file of more than a mebibyte. {hint}")
    if not text.strip():
        raise ConfigurationError(
            f"{variable} names an empty file. Write the value of {meant} into it, or unset"
            f" {variable}."
        )
    return text.rstrip("\r\n")
