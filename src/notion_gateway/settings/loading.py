"""All settings together, read from the environment or a ``.env`` file."""

from typing import Self

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from notion_gateway.kernel.own_address import OwnAddress, normal_origin
from notion_gateway.settings.access import AccessSettings
from notion_gateway.settings.egress import EgressSettings
from notion_gateway.settings.errors import ConfigurationError
from notion_gateway.settings.hosts_and_origins import listed
from notion_gateway.settings.issuers import IssuersSettings
from notion_gateway.settings.mail import MailSettings
from notion_gateway.settings.notion import NotionSettings
from notion_gateway.settings.operation import OperationSettings
from notion_gateway.settings.storage import StorageSettings
from notion_gateway.settings.traffic import TrafficSettings


class Settings(
    NotionSettings,
    StorageSettings,
    AccessSettings,
    IssuersSettings,
    TrafficSettings,
    EgressSettings,
    OperationSettings,
    MailSettings,
):
    """Every setting of the gateway."""

    @model_validator(mode="after")
    def _check_memberships(self) -> Self:
        clients = (self.gateway_oidc_client_id, self.gateway_oidc_front_end_client_id)
        if self.gateway_oidc_memberships and (
            self.gateway_oidc_issuer is None or clients == (None, None)
        ):
            raise ValueError(
                "GATEWAY_OIDC_MEMBERSHIPS needs GATEWAY_OIDC_ISSUER and GATEWAY_OIDC_CLIENT_ID or"
                " GATEWAY_OIDC_FRONT_END_CLIENT_ID: the issuer says who belongs when somebody signs"
                " in"
            )
        return self

    @property
    def return_base_url(self) -> str:
        return self.notion_mcp_return_base_url or self.public_url

    @property
    def public_url(self) -> str:
        """In normal form, without a slash at its end; the issuer of this gateway's own OAuth
        server.
        """
        return self.gateway_public_url or normal_origin(self.notion_mcp_oauth_redirect_uri)

    @property
    def own_address(self) -> OwnAddress:
        """The public URL with the other names this gateway answers to."""
        trusting = self.gateway_trust_headers
        return OwnAddress(self.public_url, () if trusting else listed(self.gateway_allowed_hosts))

    @property
    def audience(self) -> str:
        return self.gateway_audience or self.public_url


class GivenSettings(Settings):
    """What the code gives, and the defaults: neither environment nor ``.env`` file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def load_settings() -> Settings:
    """Raises ConfigurationError with one line for each fault, naming variables, never values."""
    try:
        return Settings()
    except ValidationError as invalid:
        lines: list[str] = []
        for fault in invalid.errors(include_url=False, include_input=False, include_context=False):
            name = ".".join(str(part) for part in fault["loc"]).upper()
            message = fault["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {message}" if name else message)
        raise ConfigurationError("\n".join(lines)) from None
