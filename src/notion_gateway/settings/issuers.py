"""Settings about issuers of identities: whom to believe, and who belongs where by their word."""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode

from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.kernel.json import read_json
from notion_gateway.kernel.mail_address import is_domain
from notion_gateway.settings.group import SettingsGroup
from notion_gateway.settings.persons_path import PersonsPath
from notion_gateway.settings.web_address import WebAddress


def _domain(value: str) -> str:
    if not is_domain(value):
        raise ValueError("not a domain of e-mail addresses")
    return value.lower()


class MembershipSettings(BaseModel):
    """A rule: who has this group, or a verified address in this domain, belongs to the space."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    space: str
    group: str | None = Field(default=None, min_length=1, max_length=256)
    domain: str | None = None
    role: Literal["owner", "member"] = "member"

    @field_validator("space")
    @classmethod
    def _is_space(cls, value: str) -> str:
        if not is_space_id(value):
            raise ValueError("space is no space's id")
        return value

    @field_validator("domain")
    @classmethod
    def _is_domain(cls, value: str | None) -> str | None:
        return None if value is None else _domain(value)

    @model_validator(mode="after")
    def _one_reason(self) -> Self:
        if (self.group is None) == (self.domain is None):
            raise ValueError("a membership needs one of group and domain")
        return self


class IssuerSettings(BaseModel):
    """An issuer whose identity assertions let people in without a page (ID-JAG)."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")
    issuer: WebAddress
    jwks_url: WebAddress | None = None
    clients: list[str] = Field(min_length=1, max_length=1000)
    client_keys: dict[str, WebAddress] = Field(default_factory=dict[str, WebAddress])
    same_user_ids: bool = False
    email_domains: list[str] = Field(default_factory=list[str])
    claims: dict[str, str] = Field(default_factory=dict[str, str])
    groups_claim: str = Field(default="groups", min_length=1)
    memberships: list[MembershipSettings] = Field(default_factory=list[MembershipSettings])

    @field_validator("email_domains")
    @classmethod
    def _are_domains(cls, values: list[str]) -> list[str]:
        return [_domain(one) for one in values]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.same_user_ids and self.email_domains:
            raise ValueError("same_user_ids and email_domains exclude each other")
        if not self.client_keys.keys() <= set(self.clients):
            raise ValueError("client_keys names a client that is none of clients")
        return self


_ISSUERS = TypeAdapter(list[IssuerSettings])


class IssuersSettings(SettingsGroup):
    """Whose word about people counts, and where they belong by it."""

    gateway_identity_issuers: Annotated[list[IssuerSettings], NoDecode] = Field(
        default_factory=list[IssuerSettings],
        description="Issuers whose identity assertions (ID-JAG) let people in, as a JSON list of"
        " objects; identity.md has their members.",
    )
    gateway_identity_issuers_file: PersonsPath | None = Field(
        default=None, description="The same list in a file, added to the other."
    )
    gateway_oidc_groups_claim: str = Field(
        default="groups", description="The claim in which the OpenID issuer lists groups."
    )
    gateway_oidc_memberships: Annotated[list[MembershipSettings], NoDecode] = Field(
        default_factory=list[MembershipSettings],
        description="Who belongs where by the OpenID issuer's word, as a JSON list of objects with"
        " space, one of group and domain, and role (member without it).",
    )
    gateway_membership_hours: int = Field(
        default=24,
        ge=1,
        le=24 * 30,
        description="For so long an issuer's word about who belongs counts: then it is asked again,"
        " or programs of its people log in anew.",
    )
    gateway_membership_days: int = Field(
        default=0,
        ge=0,
        le=366,
        description="So many days after an issuer's last word about somebody, a membership by its"
        " word ends, with all that comes with it. 0: none ends for want of a word.",
    )

    @field_validator("gateway_identity_issuers", "gateway_oidc_memberships", mode="before")
    @classmethod
    def _list_from_json(cls, value: object) -> object:
        """Decoded here, so that what is no JSON is refused like any other wrong value."""
        if not isinstance(value, str):
            return value
        try:
            document, doubled = read_json(value)
        except ValueError:
            raise ValueError("no JSON list") from None
        if doubled:
            raise ValueError(f"an object has {min(doubled)} twice")
        return document

    @model_validator(mode="after")
    def _check_identity_issuers(self) -> Self:
        found = self.identity_issuers()
        for what in ("name", "issuer"):
            given = [getattr(one, what) for one in found]
            if len(set(given)) < len(given):
                raise ValueError(f"GATEWAY_IDENTITY_ISSUERS: two issuers have the same {what}")
        keys = {pair for one in found for pair in one.client_keys.items()}
        if len({client for client, _ in keys}) < len(keys):
            raise ValueError("GATEWAY_IDENTITY_ISSUERS: two issuers name other keys of one client")
        return self

    def identity_issuers(self) -> list[IssuerSettings]:
        """From both settings. Raises ValueError where the file cannot be read."""
        file = self.gateway_identity_issuers_file
        if file is None:
            return self.gateway_identity_issuers
        named = f"GATEWAY_IDENTITY_ISSUERS_FILE: {file}"
        try:
            return [*self.gateway_identity_issuers, *_ISSUERS.validate_json(file.read_bytes())]
        except OSError as fault:
            raise ValueError(f"{named} cannot be read ({fault.strerror})") from None
        except ValidationError as invalid:
            (first, *_) = invalid.errors(
                include_url=False, include_input=False, include_context=False
            )
            where = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{named}: {where}: {first['msg']}") from None
