"""Pages for people: plain, the same everywhere, without scripts.

What stands in a page is escaped by ``text``; markup comes from this package alone.
"""

import base64
import hashlib
import html
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from notion_gateway.http.body import with_whole_body
from notion_gateway.http.problems import STATUS, log_fault
from notion_gateway.kernel.errors import GatewayError, InvalidRequest

_FORM: Final = "application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 50

_STYLE = """
:root{color-scheme:light dark;--ink:#1d1d1f;--soft:#5f6068;--line:#dcdce2;--paper:#fff;
--ground:#f6f6f8;--act:#2456c7;--on-act:#fff;--warn:#fdf3e2;--warn-line:#d9a441;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#ececf0;--soft:#a6a7b0;--line:#3a3b43;
--paper:#1d1e23;--ground:#131418;--act:#8fb0ff;--on-act:#10131c;--warn:#2d2311;--warn-line:#8a6a25;
--bad:#ff9c93}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:30rem;margin:clamp(1rem,10vh,6rem) auto 2rem;padding:1.75rem;
background:var(--paper);border:1px solid var(--line);border-radius:14px}
@media (max-width:32rem){main{max-width:none;margin:0;min-height:100vh;border:0;border-radius:0;
padding:1.5rem 1.25rem}}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 .75rem;text-wrap:balance}
p{margin:0 0 1rem}
.soft{color:var(--soft);font-size:.9rem}
.name,code,dd{overflow-wrap:anywhere}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,monospace}
dl{margin:0 0 1.25rem;border-top:1px solid var(--line)}
dl>div{padding:.6rem 0;border-bottom:1px solid var(--line)}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0;font-weight:600}
dd .soft{font-weight:400;display:block}
ul{margin:0 0 1.25rem;padding-left:1.25rem}
label{display:block;margin:0 0 1rem}
fieldset{border:0;margin:0 0 .5rem;padding:0}
legend{padding:0;margin:0 0 .6rem;font-weight:600}
input[type=text]{display:block;width:100%;margin-top:.3rem;padding:.6rem .7rem;font:inherit;
color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:8px}
.warn{padding:.75rem .9rem;background:var(--warn);border:1px solid var(--warn-line);
border-radius:8px}
.bad{color:var(--bad)}
.code{font-size:1.6rem;letter-spacing:.12em;white-space:nowrap}
.check{display:flex;gap:.6rem;align-items:baseline}
.acts{display:flex;gap:.75rem;flex-wrap:wrap;margin:0 0 1.25rem}
button{flex:1 1 9rem;min-height:44px;padding:.55rem 1rem;font:inherit;font-weight:600;
text-align:center;text-decoration:none;color:var(--ink);background:transparent;
border:1px solid var(--soft);border-radius:8px;cursor:pointer}
button.act{background:var(--act);border-color:var(--act);color:var(--on-act)}
button.link{all:unset;color:var(--act);text-decoration:underline;cursor:pointer}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · Notion MCP Gateway</title>
<style>{style}</style>
<main>
<h1>{title}</h1>
{body}
</main>
</html>
"""
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
)


def text(value: str) -> str:
    """Anything that is not this package's own markup."""
    return html.escape(value)


def page(
    title: str, body: str, *, status: int = 200, has_form: bool = False, leads_away: bool = False
) -> HTMLResponse:
    """``body`` is markup. ``has_form``: it may be sent to the gateway itself. ``leads_away``:
    its answer leads to another site.

    A page with a form names its origin to the gateway and to nobody else: with no-referrer
    browsers send ``Origin: null`` with a form, which the gateway refuses. Where the answer
    leads on to a client or to Notion, form-action is left open: browsers hold it against every
    address that the client's own may redirect to.
    """
    sent_to = "'self'" if has_form else "'none'"
    form_action = "" if leads_away else f"; form-action {sent_to}"
    return HTMLResponse(
        _PAGE.format(title=text(title), style=_STYLE, body=body),
        status_code=status,
        headers={
            "cache-control": "no-store",
            "referrer-policy": "same-origin" if has_form else "no-referrer",
            "content-security-policy": _POLICY + form_action,
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
        },
    )


def sentence(title: str, words: str, *, status: int = 200) -> HTMLResponse:
    return page(title, f"<p>{text(words)}</p>", status=status)


def fault_page(fault: GatewayError) -> HTMLResponse:
    answer = sentence("That did not work", str(fault), status=int(STATUS[fault.reason]))
    if fault.retry_after_seconds is not None:
        answer.headers["retry-after"] = str(fault.retry_after_seconds)
    return answer


class PageRoute(APIRoute):
    """A route that a person looks at: what goes wrong is a page as well.

    Forms are sent urlencoded and in no other way: uploads would be spooled to disk, and the
    gateway's pages have none.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner: Callable[[Request], Awaitable[Response]] = super().get_route_handler()
        has_form = self.body_field is not None

        async def shown(request: Request) -> Response:
            try:
                return await inner(await _with_form(request) if has_form else request)
            except GatewayError as fault:
                log_fault(fault)
                return fault_page(fault)
            except RequestValidationError:
                return fault_page(InvalidRequest("This link is incomplete."))

        return shown


async def _with_form(request: Request) -> Request:
    """Raises InvalidRequest for any other kind of body, RequestTooLarge and RequestTimeout."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM:
        raise InvalidRequest(f"A form is sent as {_FORM} here. Load the page again.")
    whole = await with_whole_body(request)
    if (await whole.body()).count(b"&") >= _MAX_FIELDS:
        raise InvalidRequest("This form has too many fields. Load the page again.")
    return whole


def hidden(**fields: str) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{text(value)}">'
        for name, value in fields.items()
    )
