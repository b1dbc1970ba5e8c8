"""``python -m notion_gateway.settings``: prints the tables of ``docs/configuration.md``.

The fields' descriptions are the one place that says what a setting is; the page holds the
tables as they are printed here, with prose around them.
"""

import sys

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from notion_gateway.settings.loading import Settings
from notion_gateway.settings.secret_files import is_secret

GROUPS: tuple[type[BaseSettings], ...] = tuple(
    group for group in Settings.__bases__ if issubclass(group, BaseSettings)
)
_HEAD = "| variable | default | meaning |\n| --- | --- | --- |\n"


def table_of(group: type[BaseSettings]) -> str:
    """In Markdown, with a row for each setting of the group."""
    return _HEAD + "".join(
        f"| `{name.upper()}` | {_default(field)} | {field.description}{_or_file(name, field)} |\n"
        for name, field in group.model_fields.items()
    )


def _or_file(name: str, field: FieldInfo) -> str:
    return f" Or `{name.upper()}_FILE`, a file that holds it." if is_secret(field) else ""


def _default(field: FieldInfo) -> str:
    """As one would set it; where it depends on the machine, what the field says in words."""
    match field.json_schema_extra:
        case {"default": str(words)}:
            return words
        case _:
            pass
    value: object = field.get_default(call_default_factory=True)
    if value is None or value == []:
        return "unset"
    if isinstance(value, bool):
        return f"`{value:d}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write("\n".join(f"{group.__doc__}\n\n{table_of(group)}" for group in GROUPS))
