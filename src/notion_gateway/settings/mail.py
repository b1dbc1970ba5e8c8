"""Settings about e-mail: through which server, from whom, and to whom."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from notion_gateway.kernel.addresses import is_loopback_name
from notion_gateway.kernel.mail_address import ANY_DOMAIN, domain_of, is_domain, is_mail_address
from notion_gateway.settings.group import SettingsGroup
from notion_gateway.settings.hosts_and_origins import host_of, listed

_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


def _mail_address(value: str) -> str:
    if not is_mail_address(value):
        raise ValueError("must be one e-mail address alone, such as notion@example.com")
    return value


MailAddress = Annotated[str, AfterValidator(_mail_address)]


class MailSettings(SettingsGroup):
    """Through which server e-mail is sent, and to whom."""

    gateway_smtp_host: str | None = Field(
        default=None,
        description="The mail server that takes [e-mail about connections](notices.md#e-mail) and"
        " [invitations](spaces.md#inviting). Unset: none is sent. Needs GATEWAY_SMTP_FROM.",
    )
    gateway_smtp_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None,
        description="Its port. Default: by GATEWAY_SMTP_TLS.",
        json_schema_extra={"default": "`587`, `465` or `25`"},
    )
    gateway_smtp_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="starttls: the connection is encrypted before anything is said, or nothing is"
        " sent. tls: from its first byte on. none: never, for a server on this machine or in a"
        " network that is trusted; without a password, unless the server is this machine's.",
    )
    gateway_smtp_user: str | None = Field(
        default=None,
        description="Whom the gateway logs in as. Needs GATEWAY_SMTP_PASSWORD. Unset: it does not.",
    )
    gateway_smtp_password: SecretStr | None = Field(
        default=None, description="The password of that login."
    )
    gateway_smtp_from: MailAddress | None = Field(
        default=None, description="The address that e-mail comes from."
    )
    gateway_smtp_domains: str | None = Field(
        default=None,
        description="Domains at which owners of spaces may name addresses, separated by commas; *"
        " for any. Default: the domain of GATEWAY_SMTP_FROM.",
    )
    gateway_smtp_to: MailAddress | None = Field(
        default=None,
        description="Where the operator is told what happens to the connections of every space.",
    )

    @property
    def smtp_port(self) -> int:
        return self.gateway_smtp_port or _PORTS[self.gateway_smtp_tls]

    @property
    def mail_domains(self) -> frozenset[str]:
        """In lower case; ``ANY_DOMAIN`` among them for any, none where no e-mail is sent."""
        if self.gateway_smtp_from is None:
            return frozenset()
        named = listed(self.gateway_smtp_domains)
        return frozenset(one.lower() for one in named or [domain_of(self.gateway_smtp_from)])

    @field_validator("gateway_smtp_host")
    @classmethod
    def _is_a_host(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            host = "" if "/" in value else host_of(value)
        except ValueError:
            host = ""
        plain = host.removeprefix("[").removesuffix("]")
        if not plain or "]" in plain or (":" in plain and plain == host):
            raise ValueError(
                "must be a server's name or address alone; its port stands in GATEWAY_SMTP_PORT"
            )
        return plain

    @field_validator("gateway_smtp_domains")
    @classmethod
    def _are_domains(cls, value: str | None) -> str | None:
        if not all(one == ANY_DOMAIN or is_domain(one) for one in listed(value)):
            raise ValueError("must be domains such as example.com, separated by commas, or *")
        return value

    @model_validator(mode="after")
    def _check_mail(self) -> Self:
        if (self.gateway_smtp_host is None) != (self.gateway_smtp_from is None):
            raise ValueError("GATEWAY_SMTP_HOST and GATEWAY_SMTP_FROM need each other")
        password = self.gateway_smtp_password
        if (self.gateway_smtp_user is None) != (password is None):
            raise ValueError("GATEWAY_SMTP_USER and GATEWAY_SMTP_PASSWORD need each other")
        host = self.gateway_smtp_host
        if host is None:
            self._refuse_without_a_host()
        elif self.gateway_smtp_tls == "none" and password and not is_loopback_name(host):
            raise ValueError(
                "GATEWAY_SMTP_TLS=none would show GATEWAY_SMTP_PASSWORD to the network: use"
                " starttls or tls"
            )
        return self

    def _refuse_without_a_host(self) -> None:
        for name in ("user", "port", "domains", "to"):
            if getattr(self, f"gateway_smtp_{name}") is not None:
                raise ValueError(f"GATEWAY_SMTP_{name.upper()} needs GATEWAY_SMTP_HOST")
