"""People whose issuer gives refresh tokens, and their programs' renewals."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.authorization_server.test_members_of_issuers import Company, a_company

MEMBER: dict[str, Any] = {"groups": ["notion"]}
OWNER: dict[str, Any] = {"groups": ["notion-owners"]}
LATER = 6 * 60
HOUR = 3600


@asynccontextmanager
async def a_company_with_refresh_tokens(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Company]:
    async with a_company(folder, monkeypatch) as one:
        one.issuer.scopes.append("offline_access")
        yield one


def kept(company: Company) -> list[tuple[Any, ...]]:
    query = "select subject, secret_id is not null from issuer_refresh_tokens order by subject"
    return company.logins.rig.sql(query)


def sealed(company: Company) -> int:
    query = "select count(*) from secrets where field = 'issuer_refresh_token'"
    ((count,),) = company.logins.rig.sql(query)
    return count


async def renewed(company: Company, tokens: dict[str, Any], seconds: int = LATER) -> dict[str, Any]:
    """A program's next pair."""
    company.logins.rig.clock.skip(seconds)
    answer = await company.logins.refresh(tokens["refresh_token"])
    assert answer.status == 200, answer.body
    pair: dict[str, Any] = answer.json
    return pair
