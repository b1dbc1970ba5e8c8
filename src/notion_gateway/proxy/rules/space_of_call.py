"""Which space a call is for: the path, the principal, a header or the body says so."""

from notion_gateway.access.rules.principal import Principal
from notion_gateway.kernel.errors import PrincipalMismatch, SpaceRequired
from notion_gateway.kernel.identifiers import is_space_id
from notion_gateway.proxy.rules.seed_meta import SeedMeta, read_seed_meta


def named_space(principal: Principal, in_path: str | None) -> str | None:
    """None where only the body can say. ``in_path`` is None at the endpoint for applications.

    Raises SpaceRequired for an id that no space has.
    """
    space_id = in_path or principal.space_id
    if space_id is not None and not is_space_id(space_id):
        raise SpaceRequired
    return space_id


def agreeing_meta(principal: Principal, in_path: str | None, body: bytes) -> SeedMeta:
    """The seed's ``meta`` fields, and the body without them. Raises PrincipalMismatch, and what
    ``read_seed_meta`` raises.
    """
    meta = read_seed_meta(body)
    principal.require_agreement(space_id=meta.space_id, user_id=meta.user_id)
    if in_path is not None and meta.space_id not in (None, in_path):
        raise PrincipalMismatch
    return meta
