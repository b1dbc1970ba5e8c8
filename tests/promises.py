"""What this project promises, by id.

Each promise is kept by at least one test that names it:

    @pytest.mark.promise("threats:6")

A promise that no test claims fails the run, and so does a test that names an unknown one
(``conftest.py``). ``seed:`` is what was first asked for, ``threats:`` the numbered faults and
attacks; more of the latter are listed here as they come to be kept.
"""

PROMISES: dict[str, str] = {
    # --- seed: connecting ---
    "seed:start": "start answers {authorizeUrl, state}; the state lives for a short, set time",
    "seed:callback": "a consent ends in a 303 to the return site with status and workspace",
    "seed:first-consent": "the first consent appends NotionIntegrationAuthorized",
    "seed:consent-again": "consent on an existing integration appends TokenRefreshed",
    "seed:connected": "connected means that a refresh token is stored; no classic token exists",
    "seed:encrypted": "tokens are encrypted before they reach the store",
    "seed:variables": "the seed's environment variables keep their names and meanings",
    # --- seed: calling ---
    "seed:proxy": "POST /mcp/notion/proxy forwards JSON-RPC with the space's token",
    "seed:meta": "meta.space_id and meta.user_id in the body name space and user",
    "seed:verbatim": "answers are streamed back verbatim, mcp-session-id included",
    "seed:refresh-before-expiry": "tokens are renewed about 60 seconds before they expire",
    "seed:new-pair-stored": "a refresh stores the new pair as an event; later calls reuse it",
    "seed:no-405-on-get": "GET on the proxy is forwarded, not refused",
    "seed:one-notion-version": "one configured Notion-Version on every upstream call, or on none",
    # --- seed: failing ---
    "seed:missing-tokens": "a space that never connected gets 401 Missing Notion MCP tokens",
    "seed:invalid-grant": "invalid_grant appends AuthorizationFailed and asks to reconnect",
    "seed:no-500": "a stale token whose refresh failed is no 500",
    "seed:credentials-command": "client credentials are made once by a command, and reused",
    # --- threats and faults ---
    "threats:1": "only a proven principal counts; whoever claims otherwise is 403",
    "threats:2": "membership is asked on every request, and ends everywhere within two seconds",
    "threats:3": "many callers, one expiring token: one redemption, and all succeed",
    "threats:4": "a lease holder that stood still for too long does not redeem",
    "threats:5": "killed between redeem and append: the old token is tried once, plainly said",
    "threats:6": "a caller who leaves during a refresh does not take it along",
    "threats:7": "a redeemed pair is kept until it lands, whatever happens to the database",
    "threats:8": "a stale invalid_grant adopts the newer token",
    "threats:9": "5xx, 429 and HTML from the token endpoint keep the token, with back-off",
    "threats:10": "a time-out after the rotation is treated as a kill there",
    "threats:11": "200 with garbage or cut JSON never ends a grant",
    "threats:12": "no refresh_token in the answer keeps the old one",
    "threats:13": "one client per grant, so that no sibling's grant is revoked",
    "threats:14": "a lost registration asks to reconnect, which registers again",
    "threats:16": "an acknowledged commit survives a power loss on SQLite",
    "threats:17": "ciphertext moved between rows or tenants does not open",
    "threats:18": "no token in a log, error or page",
    "threats:19": "discovery leads to the pinned origin and to allowed addresses only",
    "threats:20": "iss is compared before the code is sent",
    "threats:21": "state: 256 random bits, one use, ten minutes; bound to the browser that"
    " started, or to the user for whom a server did",
    "threats:22": "metadata without PKCE S256 is refused",
    "threats:23": "a token never follows a redirect",
    "threats:24": "an MCP session is its caller's and its space's, on every replica",
    "threats:25": "return_path leads to the return site only",
    "threats:26": "a signed principal with anything wrong in it is nobody, and changes one thing",
    "threats:27": "a late failure of an old grant never ends the new one",
    "threats:28": "a disconnect wins over a refresh, and the new pair is revoked too",
    "threats:29": "a client who leaves is gone upstream within a second",
    "threats:30": "an upstream that dies in mid-stream aborts downstream, without a retry",
    "threats:31": "a call is never sent twice, except once more after a 401",
    "threats:32": "many 401 at once cause one refresh",
    "threats:33": "a 401 or 403 for good: one refresh at most, and the caller is told",
    "threats:34": "slow request heads and bodies are cut off",
    "threats:35": "a slow reader of a stream costs no memory",
    "threats:36": "a silent upstream is 504 before the headers; an open stream lives on",
    "threats:37": "a huge or bomb-compressed token answer is cut at one mebibyte",
    "threats:38": "a body over four mebibytes is 413, chunked or with a lying length too",
    "threats:39": "hostile JSON is refused in clear words or passes untouched",
    "threats:40": "no header is injected, and no request smuggled",
    "threats:41": "hosts and origins by exact lists, for preflights too",
    "threats:42": "without Redis connecting is 503, and calls go on",
    "threats:44": "no transaction spans a call to Notion, so a small pool serves many",
    "threats:45": "everything works behind a transaction pooler",
    "threats:47": "leases and tokens go by the database's clock; absurd lifetimes are clamped",
    "threats:49": "keys rotate under load without a failed call",
    "threats:50": "a wrong key is not ready, a damaged record fails alone, and both are named",
    "threats:51": "with a full disk nothing is redeemed, and nothing is lost",
    "threats:52": "two processes share one SQLite file safely",
    "threats:53": "who floods is limited, and nobody else notices",
    "threats:56": "two versions share a database: unknown events are skipped, no token is lost",
    "threats:57": "what is stored is what a rebuild from the events says",
    "threats:59": "what strangers wrote stands on pages as text, and nothing runs there",
    "threats:61": "who is no member cannot tell a closed space from none",
}
