"""The ``.env`` file, whatever the editor that wrote it."""

import codecs
import io
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from notion_gateway.settings.errors import ConfigurationError

ENV_FILE: Final = Path(".env")
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NO_TEXT = "The {} file cannot be read, because it is no UTF-8 text: save it as UTF-8."


def read_env_file(file: Path = ENV_FILE) -> dict[str, str]:
    """Its variables that have a value, by their names as they are written; none where there is no
    file.

    UTF-8, or UTF-16 where it begins with a byte order mark, as some of Windows' editors and
    shells write it. Raises ConfigurationError.
    """
    if not file.exists():
        return {}
    try:
        content = file.read_bytes()
        marked = [name for mark, name in _MARKS.items() if content.startswith(mark)]
        encoding = marked[0] if marked else "utf-8"
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise ConfigurationError(_NO_TEXT.format(file)) from None
    except OSError as fault:
        raise ConfigurationError(f"The {file} file cannot be read: {fault.strerror}.") from None
    if "\0" in text:  # UTF-16 without its mark
        raise ConfigurationError(_NO_TEXT.format(file))
    found = dotenv_values(stream=io.StringIO(text)).items()
    return {name: value for name, value in found if value and value.strip()}
