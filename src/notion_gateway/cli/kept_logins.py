"""Logins of the command line, by gateway and space: in the system's keyring or a private file.

The file names every login, and holds the tokens of those that no keyring has: so a command asks
the keyring, which may ask its person for a password, only where there is something in it.
"""

import json
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast, final

from notion_gateway.cli.output import Exit, Fault

if TYPE_CHECKING:
    from types import ModuleType

_SERVICE: Final = "notion-gateway"
_FILE, _LOCK = "logins.json", "logins.lock"


class Place(StrEnum):
    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class KeptLogin:
    """``expires_at``: the access token's, in seconds since 1970."""

    gateway: str
    space_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float

    @property
    def name(self) -> str:
        return _name(self.gateway, self.space_id)


@final
class KeptLogins:
    """``folder`` is made when something is kept, and is nobody's but its owner's. Every method
    raises Fault.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.file = folder / _FILE

    @contextmanager
    def alone(self) -> Generator[None]:
        """Waits until no other command is in this block: a refresh token is used once."""
        import fcntl  # where it is missing, only this does not work

        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as fault:
            raise self._not_kept(fault) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def get(self, gateway: str, space_id: str) -> KeptLogin | None:
        name = _name(gateway, space_id)
        entry = self._read().get(name)
        if entry is None:
            return None
        in_file = entry.get("kept_in") == Place.FILE
        tokens = entry.get("login") if in_file else _from_keyring(name)
        try:
            return None if tokens is None else KeptLogin(**tokens)
        except TypeError as fault:
            raise self._unreadable(fault) from None

    def put(self, login: KeptLogin, place: Place | None = None) -> Place:
        """Where it is kept: there, or with None where it is already, or in a keyring that works."""
        entries = self._read()
        if place is None and login.name in entries:
            place = Place(entries[login.name].get("kept_in", Place.FILE))
        tokens = asdict(login)
        if place is None:
            place = Place.KEYRING if _to_keyring(login.name, tokens) else Place.FILE
        elif place is Place.KEYRING and not _to_keyring(login.name, tokens):
            raise Fault(
                "No keyring takes the login. Install the package's extra 'keyring' and unlock the"
                " system's keyring, or keep it in a file: --keep-in file.",
                Exit.UNAVAILABLE,
            )
        kept: dict[str, Any] = {"kept_in": place}
        if place is Place.FILE:
            kept["login"] = tokens
            if entries.get(login.name, {}).get("kept_in") == Place.KEYRING:
                _out_of_keyring(login.name)
        self._write({**entries, login.name: kept})
        return place

    def remove(self, gateway: str, space_id: str) -> None:
        name = _name(gateway, space_id)
        entries = self._read()
        entry = entries.pop(name, None)
        if entry is None:
            return
        if entry.get("kept_in") == Place.KEYRING:
            _out_of_keyring(name)
        self._write(entries)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            if self.file.stat().st_mode & 0o077:
                raise Fault(
                    f"Others can read {self.file}, which holds logins. Make it private (chmod 600)"
                    " and, since somebody may have read it, log in again.",
                    Exit.USAGE,
                )
            found: object = json.loads(self.file.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as fault:
            raise self._unreadable(fault) from None
        entries = cast("dict[str, object]", found) if isinstance(found, dict) else None
        if entries is None or not all(isinstance(one, dict) for one in entries.values()):
            raise self._unreadable("it is of another form")
        return cast("dict[str, dict[str, Any]]", entries)

    def _write(self, entries: dict[str, dict[str, Any]]) -> None:
        """In one step: whoever reads finds the old ones or the new ones, whole."""
        draft = self.file.with_name(f".{_FILE}.{secrets.token_hex(4)}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(entries, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.file)
        except OSError as fault:
            draft.unlink(missing_ok=True)
            raise self._not_kept(fault) from None

    def _unreadable(self, why: object) -> Fault:
        return Fault(f"{self.file} cannot be read ({why}). Delete it, and log in again.")

    def _not_kept(self, why: object) -> Fault:
        return Fault(f"The login cannot be kept in {self._folder} ({why}).")


def login_folder() -> Path:
    """As the XDG base directory specification has it."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".config") / "notion-gateway"


def _name(gateway: str, space_id: str) -> str:
    return f"{gateway} {space_id}"


# --- the system's keyring -----------------------------------------------------------------


def _keyring() -> "ModuleType | None":
    """None where the extra is not installed, or the system has none."""
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return None
    if isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring):
        return None
    return keyring


def _to_keyring(name: str, tokens: dict[str, Any]) -> bool:
    ring = _keyring()
    if ring is None:
        return False
    from keyring.errors import KeyringError

    try:
        ring.set_password(_SERVICE, name, json.dumps(tokens))
    except KeyringError:
        return False
    return True


def _from_keyring(name: str) -> dict[str, Any] | None:
    ring = _keyring()
    if ring is None:
        raise _locked()
    from keyring.errors import KeyringError

    try:
        found: str | None = ring.get_password(_SERVICE, name)
    except KeyringError:
        raise _locked() from None
    return None if found is None else json.loads(found)


def _out_of_keyring(name: str) -> None:
    ring = _keyring()
    if ring is None:
        raise _locked()
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        ring.delete_password(_SERVICE, name)
    except PasswordDeleteError:
        pass  # somebody was faster
    except KeyringError:
        raise _locked() from None


def _locked() -> Fault:
    return Fault(
        "The login is kept in the system's keyring, which does not open. Unlock it, or log in"
        " again with --keep-in file.",
        Exit.UNAVAILABLE,
    )
