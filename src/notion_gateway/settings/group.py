"""What every group of settings has in common: where its values come from."""

from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from notion_gateway.settings.env_file import read_env_file
from notion_gateway.settings.secret_files import is_secret, with_files_read


class SettingsGroup(BaseSettings):
    """Settings of one subject, from the environment and then a ``.env`` file.

    A variable that is empty, or holds only white space, counts as unset in either place. For each
    secret there is a variable that ends in ``_FILE`` besides, in either place.
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
        given = {name: value for name, value in variables if value and value.strip()}
        secrets = [name for name, field in settings_cls.model_fields.items() if is_secret(field)]
        environment.env_vars = with_files_read(given, secrets)
        in_file = {name.lower(): value for name, value in read_env_file().items()}
        file.env_vars = with_files_read(in_file, secrets, elsewhere=environment.env_vars)
        return init_settings, environment, file
