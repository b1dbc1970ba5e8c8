"""A person's browser, for clients that open one: signs in as Ada, allows, and goes on to where
the gateway sends it, which is the client's own address on this machine.
"""

import asyncio
import sys

from tests.support.browser import browsing


async def _visit(origin: str, url: str) -> None:
    async with browsing(origin) as browser:
        onward = await browser.sign_in_and_allow(url, "ada")
        async with browser.http.get(onward) as answer:
            await answer.read()


if __name__ == "__main__":
    asyncio.run(_visit(sys.argv[1], sys.argv[2]))
