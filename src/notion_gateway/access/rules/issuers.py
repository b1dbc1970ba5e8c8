"""What an issuer's word about people means here: who they are, and where they belong."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from notion_gateway.access.rules.space_events import Role
from notion_gateway.kernel.mail_address import domain_of, is_mail_address

_MAX_GROUPS = 2000


@dataclass(frozen=True, slots=True)
class MembershipRule:
    """Who has ``group``, or a verified address in ``domain``, belongs to the space. One of the two
    is None.
    """

    space_id: str
    role: Role
    group: str | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What an issuer says of somebody. ``email`` is None unless it is verified; ``groups`` is None
    where it says nothing about groups. ``tells_address`` is False where it says nothing about an
    address: they may have a verified one.
    """

    subject: str
    email: str | None = None
    groups: frozenset[str] | None = None
    tells_address: bool = True


class GroupsUnreadable(ValueError):
    """The claim of groups is no list of texts, or says that there are too many to list."""


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """``"true"``, as text, is what some issuers write for ``true``."""
    email: object = claims.get("email")
    verified: object = claims.get("email_verified")
    if not isinstance(email, str) or not is_mail_address(email):
        return None
    return email if verified is True or verified == "true" else None


def groups_of(claims: Mapping[str, Any], claim: str) -> frozenset[str] | None:
    """None where the issuer says nothing about groups. Raises GroupsUnreadable."""
    elsewhere: object = claims.get("_claim_names")  # OpenID Connect Core 1.0 section 5.6.2
    if isinstance(elsewhere, dict) and claim in elsewhere:
        raise GroupsUnreadable
    given: object = claims.get(claim)
    if given is None:
        return None
    if not isinstance(given, list):
        raise GroupsUnreadable
    groups = cast("list[object]", given)
    if len(groups) > _MAX_GROUPS or not all(isinstance(one, str) for one in groups):
        raise GroupsUnreadable
    return frozenset(cast("list[str]", groups))


def role_in(space_id: str, told: Told, rules: Sequence[MembershipRule]) -> Role | None:
    """The highest role that the rules give somebody in a space; None for none."""
    domain = None if told.email is None else domain_of(told.email)
    groups = told.groups or frozenset()
    roles = {
        one.role
        for one in rules
        if one.space_id == space_id
        and (one.group in groups if one.group is not None else one.domain == domain)
    }
    if Role.OWNER in roles:
        return Role.OWNER
    return Role.MEMBER if roles else None


def says_enough(space_id: str, told: Told, rules: Sequence[MembershipRule]) -> bool:
    """Whether nobody who belongs would be taken for somebody who does not: where groups decide, it
    has to be said which there are; and of an address, where it could give them more.
    """
    theirs = [one for one in rules if one.space_id == space_id]
    if told.groups is None and any(one.group is not None for one in theirs):
        return False
    by_domain = {one.role for one in theirs if one.domain is not None}
    return (
        told.tells_address or not by_domain or _covers(role_in(space_id, told, theirs), by_domain)
    )


def _covers(role: Role | None, others: Collection[Role]) -> bool:
    return role is Role.OWNER or (role is not None and Role.OWNER not in others)


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer whose identity assertions let people in. ``clients``: those it may speak for.
    ``same_user_ids``: its subjects are people's user ids. ``email_domains``: whose verified
    addresses are, the first time. ``claims``: what a token must say besides, where one issuer signs
    for many customers.
    """

    name: str
    issuer: str
    clients: frozenset[str]
    same_user_ids: bool = False
    email_domains: frozenset[str] = frozenset()
    claims: Mapping[str, str] = field(default_factory=dict[str, str])
    groups_claim: str = "groups"
    rules: Sequence[MembershipRule] = ()

    def linking_email(self, told: Told) -> str | None:
        """The address that may name the person here."""
        email = told.email
        return email if email is not None and domain_of(email) in self.email_domains else None

    def user_id(self, told: Told) -> str:
        """Of somebody whom this issuer names for the first time. Without a link they are somebody
        of their own: an issuer cannot name another's people by accident. Two bars, for with one it
        might be a subject of the issuer that people sign in at: Auth0's are ``okta|00u1mona``.
        """
        if self.same_user_ids:
            return told.subject
        return self.linking_email(told) or f"{self.name}||{told.subject}"
