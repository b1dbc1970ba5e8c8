"""Settings about the way out: the proxy of a company's network."""

from pydantic import Field, SecretStr, field_validator

from notion_gateway.kernel.outbound.egress import Egress, egress_proxy
from notion_gateway.settings.group import SettingsGroup

_DIRECT = "direct"


class EgressSettings(SettingsGroup):
    """By which way requests leave: to Notion, to OpenID issuers, for documents of MCP clients."""

    gateway_egress_proxy: SecretStr | None = Field(
        default=None,
        description="Proxy for requests that leave this machine, as"
        " http://user:password@proxy.example:3128, or direct for none. Default: HTTPS_PROXY.",
    )
    https_proxy: SecretStr | None = Field(
        default=None, description="The same, by the environment's convention, without direct."
    )
    no_proxy: str | None = Field(
        default=None,
        description="Names (with all that end in them), addresses and networks that are asked"
        " without the proxy, each with a port or without, separated by commas; * for all.",
    )

    @field_validator("gateway_egress_proxy", "https_proxy")
    @classmethod
    def _is_a_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value().strip().lower() != _DIRECT:
            egress_proxy(value.get_secret_value().strip())
        return value

    @property
    def egress(self) -> Egress:
        chosen = self.gateway_egress_proxy or self.https_proxy
        address = chosen.get_secret_value().strip() if chosen is not None else _DIRECT
        if address.lower() == _DIRECT:
            return Egress()
        return Egress(egress_proxy(address), self.no_proxy or "")

    @property
    def egress_variable(self) -> str:
        """Which variable names the proxy."""
        return "GATEWAY_EGRESS_PROXY" if self.gateway_egress_proxy else "HTTPS_PROXY"
