"""A keyring in a folder, for tests: `keyring` loads it as it loads any system's."""

import os
from pathlib import Path
from urllib.parse import quote

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

FOLDER_VARIABLE = "KEYRING_OF_TEST"


class FolderKeyring(KeyringBackend):
    """Locked for as long as its folder has a file ``locked``."""

    priority = 9  # pyright: ignore[reportAssignmentType] - a property in the base class

    def get_password(self, service: str, username: str) -> str | None:
        file = self._file(service, username)
        return file.read_text() if file.exists() else None

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file(service, username).write_text(password)

    def delete_password(self, service: str, username: str) -> None:
        file = self._file(service, username)
        if not file.exists():
            raise PasswordDeleteError
        file.unlink()

    def _file(self, service: str, username: str) -> Path:
        folder = Path(os.environ[FOLDER_VARIABLE])
        if (folder / "locked").exists():
            raise KeyringLocked
        return folder / quote(f"{service} {username}", safe="")
