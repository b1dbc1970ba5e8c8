"""A person's browser: keeps cookies, follows links within the gateway, fills in forms."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL


@dataclass(slots=True)
class FormOnPage:
    action: str
    fields: dict[str, str] = field(default_factory=dict[str, str])
    """What is sent without anything ticked, chosen or typed."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the browser shows at the end of the redirects it followed. ``location``: where it
    would go on to, outside of the gateway.
    """

    url: str
    status: int
    headers: CIMultiDictProxy[str]
    html: str
    location: str | None

    @property
    def forms(self) -> list[FormOnPage]:
        return forms_of(self.html)

    def form(self, action: str) -> FormOnPage:
        return next(one for one in self.forms if one.action == action)


@dataclass(frozen=True, slots=True)
class Browser:
    http: aiohttp.ClientSession
    origin: str

    async def open(self, url: str) -> Page:
        return await self._go("GET", url)

    async def submit(self, page: Page, action: str, **typed: str) -> Page:
        """Sends one of the page's forms, with what is typed or pressed."""
        form = page.form(action)
        return await self.post(urljoin(page.url, action), {**form.fields, **typed})

    async def post(self, url: str, fields: dict[str, str], origin: str | None = None) -> Page:
        """As browsers do: with the page's origin."""
        return await self._go("POST", url, fields, origin or self.origin)

    async def sign_in(self, name: str, onward: str | None = None) -> Page:
        """With the gateway's own form; ``onward`` is a page that asks for it."""
        page = await self.open(onward or f"{self.origin}/sign-in")
        return await self.submit(page, "/sign-in", name=name)

    async def sign_in_and_allow(self, url: str, name: str, **ticked: str) -> str:
        """Follows an authorization request to its end; the address the client gets."""
        page = await self.sign_in(name, url)
        assert page.status == 200, page.html
        allowed = await self.submit(page, "/oauth/consent", decision="allow", **ticked)
        assert allowed.location is not None, allowed.html
        return allowed.location

    async def _go(
        self,
        method: str,
        url: str,
        fields: dict[str, str] | None = None,
        origin: str | None = None,
    ) -> Page:
        for _ in range(10):
            async with self.http.request(
                method,
                URL(url, encoded=True),
                data=fields,
                headers={"origin": origin} if origin else None,
                allow_redirects=False,
            ) as answer:
                html = await answer.text()
                location = answer.headers.get("location")
            target = urljoin(url, location) if location is not None else None
            if target is None or not target.startswith(self.origin + "/"):
                return Page(url, answer.status, answer.headers, html, target)
            method, url, fields, origin = "GET", target, None, None
        raise AssertionError("too many redirects")


@asynccontextmanager
async def browsing(origin: str) -> AsyncGenerator[Browser]:
    """With cookies of its own."""
    jar = aiohttp.CookieJar(unsafe=True)  # loopback is an address, not a name
    async with aiohttp.ClientSession(cookie_jar=jar, max_field_size=64 * 1024) as http:
        yield Browser(http, origin)


def forms_of(html: str) -> list[FormOnPage]:
    reader = _Forms()
    reader.feed(html)
    return reader.found


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[FormOnPage] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(FormOnPage(given.get("action", "")))
        elif tag == "input" and given.get("type") == "hidden":
            self.found[-1].fields[given["name"]] = given.get("value", "")
