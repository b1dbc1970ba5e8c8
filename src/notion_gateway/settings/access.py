"""Settings about who may call: applications, an OpenID issuer, and whom to believe."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode

from notion_gateway.kernel.json import read_json
from notion_gateway.settings.group import SettingsGroup
from notion_gateway.settings.persons_path import PersonsPath
from notion_gateway.settings.web_address import WebAddress

_ISSUER_CHARACTERS = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$"


class ApplicationSettings(BaseModel):
    """A trusted application: whoever has its private key speaks for any person."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=_ISSUER_CHARACTERS)
    jwks: dict[str, Any] | None = None
    jwks_file: PersonsPath | None = None
    jwks_url: WebAddress | None = None
    asserts_spaces: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [self.jwks, self.jwks_file, self.jwks_url]
        if sum(one is not None for one in given) != 1:
            raise ValueError(f"{self.name} needs one of jwks, jwks_file and jwks_url")
        return self


_APPLICATIONS = TypeAdapter(list[ApplicationSettings])


class AccessSettings(SettingsGroup):
    """Who may call, and what proves who they are."""

    gateway_audience: str | None = Field(
        default=None,
        description="What signed principals name as aud. Default: the public URL.",
    )
    gateway_applications: Annotated[list[ApplicationSettings], NoDecode] = Field(
        default_factory=list[ApplicationSettings],
        description="Trusted applications that sign principals, as a JSON list of objects with"
        " name, one of jwks, jwks_file and jwks_url, and asserts_spaces.",
    )
    gateway_applications_file: PersonsPath | None = Field(
        default=None, description="The same list in a file, added to the other."
    )
    gateway_oidc_issuer: WebAddress | None = Field(
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
    gateway_oidc_front_end_client_id: str | None = Field(
        default=None,
        description="The front end's client at the OpenID issuer, where it is another one than"
        " GATEWAY_OIDC_CLIENT_ID: who belongs by the issuer's word is looked at there as well.",
    )
    gateway_local_sign_in: bool = Field(
        default=False,
        description="Sign in with a name and no proof. For demos on loopback only.",
    )
    gateway_client_documents: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Let MCP clients say who they are by client-id metadata documents. auto: where"
        " a look outside finds that they can be read; registration is offered in any case.",
    )
    gateway_local_client_documents: bool = Field(
        default=False,
        description="Read client-id metadata documents of MCP clients from this machine too, over"
        " http as well. For development.",
    )
    gateway_trust_headers: bool = Field(
        default=False, description="Believe X-User-ID and X-Space-ID. Development on loopback only."
    )

    @field_validator("gateway_applications", mode="before")
    @classmethod
    def _from_json(cls, value: object) -> object:
        """Decoded here, so that what is no JSON is refused like any other wrong value."""
        if not isinstance(value, str):
            return value
        try:
            document, doubled = read_json(value)
        except ValueError:
            raise ValueError("no JSON list of applications") from None
        if doubled:
            raise ValueError(f"an object has {min(doubled)} twice")
        return document

    @model_validator(mode="after")
    def _check_applications(self) -> Self:
        names = [one.name for one in self.applications()]
        if len(set(names)) < len(names):
            raise ValueError("GATEWAY_APPLICATIONS: two applications have the same name")
        if self.gateway_oidc_issuer in names:
            raise ValueError("GATEWAY_APPLICATIONS: a name is the OpenID issuer's")
        return self

    @model_validator(mode="after")
    def _check_issuer(self) -> Self:
        if self.gateway_oidc_issuer is None:
            for name in ("audience", "client_id", "client_secret"):
                if getattr(self, f"gateway_oidc_{name}") is not None:
                    raise ValueError(f"GATEWAY_OIDC_{name.upper()} needs GATEWAY_OIDC_ISSUER")
        elif (
            self.gateway_oidc_audience is None
            and self.gateway_oidc_client_id is None
            and self.gateway_oidc_front_end_client_id is None
        ):
            raise ValueError(
                "GATEWAY_OIDC_ISSUER needs GATEWAY_OIDC_AUDIENCE (to accept its access tokens),"
                " GATEWAY_OIDC_CLIENT_ID (to sign people in), GATEWAY_OIDC_FRONT_END_CLIENT_ID"
                " (where the front end does), or several of them"
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
            return [*self.gateway_applications, *_APPLICATIONS.validate_json(file.read_bytes())]
        except OSError as fault:
            raise ValueError(
                f"GATEWAY_APPLICATIONS_FILE: {file} cannot be read ({fault.strerror})"
            ) from None
        except ValidationError:
            raise ValueError(
                f"GATEWAY_APPLICATIONS_FILE: {file} is no JSON list of applications"
            ) from None
