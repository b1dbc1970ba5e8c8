"""A grant's id says whose it is, and no two grants share one."""

from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.integration.rules.grant_ids import in_log, member_grant, member_of, space_of
from notion_gateway.kernel.identifiers import is_space_id, is_user_id

SPACE_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@|+~-]{0,199}", fullmatch=True).filter(
    is_space_id
)
SHOWN = st.characters(categories=["L", "M", "N", "P", "S"])
USER_IDS = st.text(SHOWN, min_size=1, max_size=255).filter(is_user_id)
PEOPLE = st.tuples(SPACE_IDS, USER_IDS)


@given(SPACE_IDS)
def test_the_shared_grant_is_called_as_its_space(space_id: str) -> None:
    assert space_of(space_id) == space_id
    assert member_of(space_id) is None
    assert in_log(space_id) == {"space_id": space_id}


@given(PEOPLE)
def test_a_members_grant_says_whose_it_is_and_is_no_spaces_id(whose: tuple[str, str]) -> None:
    space_id, user_id = whose
    grant_id = member_grant(space_id, user_id)

    assert (space_of(grant_id), member_of(grant_id)) == whose
    assert not is_space_id(grant_id)
    assert in_log(grant_id) == {"space_id": space_id, "member": user_id}


@given(PEOPLE, PEOPLE)
def test_two_peoples_grants_are_never_called_alike(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert (member_grant(*one) == member_grant(*other)) is (one == other)


def test_the_longest_name_fits_into_an_index_of_postgresql() -> None:
    """Which takes 2704 bytes: a stream's name is part of a primary key."""
    longest = member_grant("s" * 200, "\N{GRINNING FACE}" * 255)

    assert len(f"notion-integration/{longest}".encode()) < 2000


def test_slashes_and_dots_in_a_name_stay_inside_it() -> None:
    for user_id in ("a/member/b", "../other", "member/", "a b", "ö@example.com"):
        assert member_of(member_grant("space", user_id)) == user_id
        assert member_grant("space", user_id).count("/") == 2
