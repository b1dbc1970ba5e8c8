"""What every group of settings has in common: where its values come from."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsGroup(BaseSettings):
    """Settings of one subject. Values come from the environment, then a ``.env`` file.

    A field's description is its documentation: the tables in ``docs/configuration.md`` are made
    from it. An empty variable counts as unset.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )
