"""What this project promises, by id, and which promises no test keeps yet.

Each promise is kept by at least one test that names it:

    @pytest.mark.promise("threats:6")

or stands in ``NOT_KEPT_YET`` with the reason why none does. Anything else fails the run, and so
do a reason for a promise that a test claims and a test that names an unknown one
(``conftest.py``, ``support/claims.py``). ``seed:`` is what was first asked for, ``threats:`` the
numbered faults and attacks.
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
    "threats:15": "a database that fails over to its standby loses nothing that was acknowledged",
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
    "threats:43": "without PostgreSQL cached tokens serve, writes are 503; it recovers in seconds",
    "threats:44": "no transaction spans a call to Notion, so a small pool serves many",
    "threats:45": "everything works behind a transaction pooler",
    "threats:46": "ten thousand tokens that expire together are renewed a few at a time",
    "threats:47": "leases and tokens go by the database's clock; absurd lifetimes are clamped",
    "threats:48": "a gateway that stops or hands over says so first, takes no new work then, lets"
    " open streams end for a while, and loses no request that it could answer",
    "threats:49": "keys rotate under load without a failed call",
    "threats:50": "a wrong key is not ready, a damaged record fails alone, and both are named",
    "threats:51": "with a full disk nothing is redeemed, and nothing is lost",
    "threats:52": "two processes share one SQLite file safely",
    "threats:53": "who floods is limited, and nobody else notices",
    "threats:54": "with no file descriptors left it answers 503, and recovers",
    "threats:55": "memory does not grow with the number of spaces",
    "threats:56": "two versions share a database: unknown events are skipped, no token is lost",
    "threats:57": "what is stored is what a rebuild from the events says",
    "threats:58": "what carries a code or a state is kept out of caches and referrers",
    "threats:59": "what strangers wrote stands on pages as text, and nothing runs there",
    "threats:60": "a callback that comes twice gets the same answer, and makes one exchange",
    "threats:61": "who is no member cannot tell a closed space from none",
    "threats:62": "a backup holds no key, and can be restored",
    "threats:63": "a redemption leaves only on a connection that has just answered",
    "threats:64": "whoever is no owner any more finishes no consent that they began",
    "threats:65": "an open stream ends within two seconds of its token, or of the grant behind it",
    "threats:66": "two tokens that one refresh token was exchanged for are never both of use",
    "threats:67": "every body is limited in size and time, and all of them together in memory",
    "threats:68": "a gateway that believes whoever calls does not start behind a public name",
    "threats:69": "an e-mail address that nobody has verified is no identity, in any part",
    "threats:70": "nobody is a member of a space without having accepted",
    "threats:71": "headers about the caller stay here, whichever member of their family it is",
    "threats:72": "a stream of ten thousand events is as quick as one of ten",
    "threats:73": "a version and the one before it serve on one schema, forward and back",
    "threats:74": "a gateway stops in time while thousands of renewals are due; what began lands",
    "threats:75": "one address in several spellings is one resource with one set of metadata",
}

NOT_KEPT_YET: dict[str, str] = {}
"""Why no test keeps a promise yet, by id: what there is, and what is missing."""
