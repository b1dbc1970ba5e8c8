"""What every group of settings has in common: where its values come from."""

from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from notion_gateway.settings.env_file import read_env_file


class SettingsGroup(BaseSettings):
    """Settings of one subject, from the environment and then a ``.env`` file.

    A variable that is empty, or holds only white space, counts as unset in either place.
    """

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del env_settings, dotenv_settings, file_secret_settings
        environment, file = EnvSettingsSource(settings_cls), EnvSettingsSource(settings_cls)
        # env_ignore_empty would leave out the empty ones alone.
        variables = environment.env_vars.items()
        environment.env_vars = {name: value for name, value in variables if value and value.strip()}
        file.env_vars = {name.lower(): value for name, value in read_env_file().items()}
        return init_settings, environment, file
