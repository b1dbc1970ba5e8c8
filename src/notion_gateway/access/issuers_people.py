"""People whom an issuer names: who they are here, and where they belong by its word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.access.issuer_store import IssuersPerson, IssuerStore
from notion_gateway.access.manage_spaces import ManageSpaces
from notion_gateway.access.rules.issuers import (
    MembershipRule,
    Told,
    TrustedIssuer,
    role_in,
    says_enough,
)
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.identifiers import is_user_id

log = structlog.stdlib.get_logger()


class EmailTaken(Exception):
    """Another person of this issuer has been linked by the address before."""


class SubjectUnusable(Exception):
    """The issuer's subject can be nobody's user id here."""


@final
@dataclass(frozen=True)
class IssuersPeople:
    """``rules``: all those of an issuer, wherever the settings have them."""

    store: IssuerStore
    spaces: ManageSpaces
    clock: Clock
    rules: Mapping[str, Sequence[MembershipRule]]

    async def person(self, issuer: TrustedIssuer, told: Told) -> IssuersPerson:
        """Whom the issuer means: by its subject, from the first time on.

        Raises EmailTaken, SubjectUnusable or StoreUnavailable.
        """
        known = await self.store.person(issuer.issuer, told.subject)
        if known is not None:
            return known
        person = IssuersPerson(
            issuer=issuer.issuer,
            subject=told.subject,
            user_id=issuer.user_id(told),
            email=issuer.linking_email(told),
            linked_at=self.clock.now(),
            confirmed_at=None,
        )
        if not is_user_id(person.user_id):
            raise SubjectUnusable
        if await self.store.link(person):
            log.info("person_linked", issuer=issuer.issuer, user_id=person.user_id)
            return person
        known = await self.store.person(issuer.issuer, told.subject)  # somebody was faster
        if known is None:
            raise EmailTaken
        return known

    async def follow(
        self,
        issuer: str,
        user_id: str,
        told: Told,
        rules: Sequence[MembershipRule],
        *,
        lets_in: bool = True,
    ) -> None:
        """Makes them a member, of another role, or none, as the issuer says: in each space that
        ``rules`` name, and in each where they belong by its word and that no rule of the issuer
        names any more. Their other spaces, which may be many, are not looked at. ``lets_in``:
        see ``FollowIssuer``. Raises StoreUnavailable.
        """
        named = {one.space_id for one in rules}
        otherwise = {one.space_id for one in self.rules.get(issuer, ())} - named
        theirs = set(await self.spaces.store.by_word_of(issuer, user_id))
        for space_id in sorted(named | (theirs - otherwise)):
            if says_enough(space_id, told, rules):
                role = role_in(space_id, told, rules)
                await self.spaces.follow_issuer(space_id, user_id, issuer, role, lets_in=lets_in)

    def confirms(self, issuer: str, told: Told) -> bool:
        """Whether the issuer has said where they belong, in each space of its rules (see
        ``says_enough``). Without a word about groups it has not, where groups decide: theirs may be
        gone.
        """
        rules = self.rules.get(issuer, ())
        return all(says_enough(one, told, rules) for one in {rule.space_id for rule in rules})
