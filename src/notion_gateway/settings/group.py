"""What every group of settings has in common: where its values come from."""

from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)


class SettingsGroup(BaseSettings):
    """Settings of one subject, from the environment and then a ``.env`` file.

    A variable that is empty, or holds only white space, counts as unset in either place.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, file_secret_settings
        return init_settings, _without_blanks(env_settings), _without_blanks(dotenv_settings)


def _without_blanks(source: PydanticBaseSettingsSource) -> PydanticBaseSettingsSource:
    """``env_ignore_empty`` would leave out the empty ones alone."""
    if isinstance(source, EnvSettingsSource):
        variables = source.env_vars.items()
        source.env_vars = {name: value for name, value in variables if value and value.strip()}
    return source
