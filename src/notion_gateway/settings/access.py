"""Settings about who may call: applications, an OpenID issuer, hosts, origins, limits."""

import ipaddress
import json
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ISSUER_CHARACTERS = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$"


class ApplicationSettings(BaseModel):
    """A trusted application: whoever has its private key speaks for any person."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=_ISSUER_CHARACTERS)
    jwks: dict[str, Any] | None = None
    jwks_file: Path | None = None
    jwks_url: str | None = None
    asserts_spaces: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [self.jwks, self.jwks_file, self.jwks_url]
        if sum(one is not None for one in given) != 1:
            raise ValueError(f"{self.name} needs one of jwks, jwks_file and jwks_url")
        return self


class IdentitySettings(BaseSettings):
    """Each field's description is its documentation; ``docs/configuration.md`` repeats it."""

    gateway_public_url: str | None = Field(
        default=None,
        description="Where this gateway is reached from outside, without a path. Default: the"
        " redirect URI's origin.",
    )
    gateway_audience: str | None = Field(
        default=None,
        description="What signed principals name as aud. Default: the public URL.",
    )
    gateway_applications: list[ApplicationSettings] = Field(
        default_factory=list[ApplicationSettings],
        description="Trusted applications that sign principals, as a JSON list of objects with"
        " name, one of jwks, jwks_file and jwks_url, and asserts_spaces.",
    )
    gateway_applications_file: Path | None = Field(
        default=None, description="The same list in a file, added to the other."
    )
    gateway_oidc_issuer: str | None = Field(
        default=None,
        description="OpenID issuer whose access tokens are accepted, and where people sign in.",
    )
    gateway_oidc_audience: str | None = Field(
        default=None, description="What the issuer's access tokens must name as aud."
    )
    gateway_oidc_user_claim: str = Field(
        default="sub",
        description="The claim that is the user id; email counts only where it is verified.",
    )
    gateway_oidc_client_id: str | None = Field(
        default=None, description="This gateway's client at the issuer, for its sign-in page."
    )
    gateway_oidc_client_secret: SecretStr | None = Field(
        default=None, description="That client's secret, where it has one."
    )
    gateway_local_sign_in: bool = Field(
        default=False,
        description="Sign in with a name and no proof. For demos on loopback only.",
    )
    gateway_local_client_documents: bool = Field(
        default=False,
        description="Read client-id metadata documents of MCP clients from this machine too, over"
        " http as well. For development.",
    )
    gateway_new_clients_per_minute: Annotated[int, Field(ge=1)] = Field(
        default=30,
        description="MCP clients that may register, or be looked up, from one address.",
    )
    gateway_allowed_hosts: str | None = Field(
        default=None,
        description="Names this gateway answers to besides the public URL's and loopback's,"
        " separated by commas.",
    )
    gateway_allowed_origins: str | None = Field(
        default=None,
        description="Origins whose pages may call, besides the return site's and the gateway's"
        " own, separated by commas.",
    )
    gateway_trusted_proxies: str | None = Field(
        default=None,
        description="Addresses or networks of load balancers whose X-Forwarded-For tells who"
        " calls, separated by commas.",
    )
    gateway_calls_per_minute: Annotated[int, Field(ge=0)] = Field(
        default=1200,
        description="Calls of one person in one space, and requests of one person to the other"
        " routes, per replica; 0 for no limit.",
    )
    gateway_open_calls: Annotated[int, Field(ge=1)] = Field(
        default=256, description="Calls and streams of one person in one space at a time."
    )
    gateway_failed_logins_per_minute: Annotated[int, Field(ge=1)] = Field(
        default=60,
        description="Refused credentials from one address, and foreign spaces that one person"
        " tries, before they have to wait a minute.",
    )

    @model_validator(mode="after")
    def _identity(self) -> Self:
        networks(self.gateway_trusted_proxies)
        names = [one.name for one in self.applications()]
        if len(set(names)) < len(names):
            raise ValueError("GATEWAY_APPLICATIONS: two applications have the same name")
        if self.gateway_oidc_issuer in names:
            raise ValueError("GATEWAY_APPLICATIONS: a name is the OpenID issuer's")
        if self.gateway_oidc_issuer is None:
            for name in ("audience", "client_id", "client_secret"):
                if getattr(self, f"gateway_oidc_{name}") is not None:
                    raise ValueError(f"GATEWAY_OIDC_{name.upper()} needs GATEWAY_OIDC_ISSUER")
        elif self.gateway_oidc_audience is None and self.gateway_oidc_client_id is None:
            raise ValueError(
                "GATEWAY_OIDC_ISSUER needs GATEWAY_OIDC_AUDIENCE (to accept its access tokens),"
                " GATEWAY_OIDC_CLIENT_ID (to sign people in), or both"
            )
        if self.gateway_local_sign_in and self.gateway_oidc_client_id is not None:
            raise ValueError("GATEWAY_LOCAL_SIGN_IN and GATEWAY_OIDC_CLIENT_ID exclude each other")
        return self

    def applications(self) -> list[ApplicationSettings]:
        """From both settings. Raises ValueError where the file cannot be read."""
        file = self.gateway_applications_file
        if file is None:
            return self.gateway_applications
        try:
            entries = json.loads(file.read_text())
            return [
                *self.gateway_applications,
                *(ApplicationSettings.model_validate(entry) for entry in entries),
            ]
        except OSError as fault:
            raise ValueError(
                f"GATEWAY_APPLICATIONS_FILE: {file} cannot be read ({fault.strerror})"
            ) from None
        except (ValidationError, ValueError, TypeError):
            raise ValueError(
                f"GATEWAY_APPLICATIONS_FILE: {file} is no JSON list of applications"
            ) from None


def networks(value: str | None) -> list[Network]:
    """Addresses and networks in one list. Raises ValueError."""
    try:
        return [ipaddress.ip_network(one, strict=False) for one in comma_separated(value)]
    except ValueError:
        raise ValueError(
            "GATEWAY_TRUSTED_PROXIES is no list of addresses and networks, such as 10.0.0.0/8"
        ) from None


def comma_separated(value: str | None) -> list[str]:
    return [part.strip() for part in (value or "").split(",") if part.strip()]
