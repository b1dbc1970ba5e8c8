"""What can be varied about the simulated Notion, with Notion's own values as defaults."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_PORT = 8010
DAY_SECONDS = 86_400

Seconds = Annotated[float, Field(gt=0)]
OptionalSeconds = Annotated[float | None, Field(gt=0)]


class SimulatorSettings(BaseModel):
    """Every switch of the simulator; immutable, so a change is a new value that was validated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#\s]+$",
        description="Origin used as issuer and in every document; unset: localhost and its port.",
    )

    # Tokens
    access_token_lifetime_seconds: int = Field(
        default=28_800, ge=1, description="Life of an access token in seconds (Notion: 8 hours)."
    )
    authorization_code_lifetime_seconds: Seconds = Field(
        default=600, description="Life of an authorization code in seconds."
    )
    refresh_token_absolute_lifetime_seconds: Seconds = Field(
        default=180 * DAY_SECONDS,
        description="Seconds from the first authorization after which a grant cannot be refreshed.",
    )
    refresh_token_idle_lifetime_seconds: Seconds = Field(
        default=30 * DAY_SECONDS,
        description="Seconds without a refresh after which a grant cannot be refreshed.",
    )
    refresh_refused_last_seconds: Annotated[float, Field(ge=0)] = Field(
        default=60,
        description="Seconds before a grant's end in which a refresh is invalid_grant already.",
    )
    rotation: Literal["lenient", "strict"] = Field(
        default="lenient",
        description="lenient: current and previous refresh token are valid; strict: current only. "
        "Any other replay revokes the grant.",
    )
    previous_token_grace_seconds: OptionalSeconds = Field(
        default=None,
        description="lenient rotation: seconds for which the previous refresh token stays valid; "
        "unset: until the newer one is used.",
    )
    refresh_answer: Literal["rotated", "absent", "null", "empty"] = Field(
        default="rotated",
        description="What a refresh answers as refresh_token; all but rotated keep the old token.",
    )
    refresh_revokes_access_tokens: bool = Field(
        default=True, description="A refresh ends the grant's earlier access tokens."
    )
    reconsent_revokes_grant: bool = Field(
        default=True,
        description="A second consent by the same user and client revokes the first grant.",
    )
    user_id_per_workspace: bool = Field(
        default=False, description="The user id in tokens differs between one user's workspaces."
    )
    reconsent_revokes_by_redirect: bool = Field(
        default=True,
        description="For clients that are a metadata document, a second consent revokes the same "
        "user's grants from the same redirect URI instead, whatever the client id.",
    )
    token_workspace_fields: bool = Field(
        default=True, description="Token answers carry user_id and workspace_id."
    )

    # Registration and consent
    client_lifetime_seconds: OptionalSeconds = Field(
        default=None, description="Seconds after which a registration is forgotten; unset: never."
    )
    registration_client_uri: bool = Field(
        default=False, description="Registration answers carry registration_client_uri."
    )
    client_id_metadata_documents: bool = Field(
        default=True, description="An https URL of a metadata document is accepted as client_id."
    )
    auto_consent: bool = Field(
        default=False, description="/authorize redirects at once, without the consent page."
    )
    auto_consent_workspace: str | None = Field(
        default=None, description="Workspace id or name auto-consent chooses; unset: the first."
    )
    redirect_iss: Literal["absent", "present", "foreign"] = Field(
        default="absent",
        description="iss in the redirect (RFC 9207); foreign names another issuer, as in a mix-up.",
    )
    advertise_iss: bool = Field(
        default=False,
        description="Metadata says authorization_response_iss_parameter_supported.",
    )

    # MCP
    response_mode: Literal["sse", "json"] = Field(
        default="sse", description="How /mcp answers requests."
    )
    session_ids: bool = Field(
        default=True, description="Handshake-era sessions with Mcp-Session-Id; off: stateless."
    )
    resumable_streams: bool = Field(
        default=False,
        description="Sessions opened from now on give their events ids and replay after "
        "Last-Event-ID; 2025-11-25 clients get a priming event.",
    )
    mcp_header_delay_seconds: Annotated[float, Field(ge=0)] = Field(
        default=0, description="Seconds for which /mcp holds its response headers."
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(), description="Origins accepted on /mcp besides the public URL."
    )
    tool_set: Literal["minimum", "2026-03", "2026-09", "latest"] = Field(
        default="latest",
        description="The tools on offer: 10, or Notion's 16, 41 or 46 of that time.",
    )
    tools_page_size: Annotated[int | None, Field(ge=1)] = Field(
        default=None, description="Tools in one page of tools/list; unset: all in one."
    )
    list_ttl_ms: Annotated[int, Field(ge=0)] = Field(
        default=0, description="`ttlMs` of lists from 2026-07-28 on: how long they are fresh."
    )
    list_cache_scope: Literal["private", "public"] = Field(
        default="private", description="`cacheScope` of those lists: whose cache may hold them."
    )
    test_tools: bool = Field(
        default=False, description="tools/list also shows the simulator's own test tools."
    )
    agent_turn_seconds: Annotated[float, Field(ge=0)] = Field(
        default=2, description="Seconds an agent takes to answer a message."
    )
    async_task_seconds: Annotated[float, Field(ge=0)] = Field(
        default=1, description="Seconds until work that was started with allow_async is done."
    )

    # Scripted model
    model_api_key: str | None = Field(
        default=None, min_length=1, description="API key the scripted model asks for; unset: any."
    )
    model_chunk_interval_seconds: Annotated[float, Field(ge=0, le=10)] = Field(
        default=0.01, description="Seconds between two chunks of the scripted model's stream."
    )

    # Plans and limits
    plan: Literal["free", "plus", "business", "enterprise"] = Field(
        default="business", description="The workspaces' plan, which decides what is gated."
    )
    plan_gate: Literal["prompt", "error"] = Field(
        default="prompt",
        description="How a gated call is answered: an upgrade prompt as a normal result, or the "
        "entitlement_required error.",
    )
    tool_access: tuple[
        Annotated[
            str,
            Field(
                pattern=r"^[a-z_]+=(available|available_with_limit|plan_required|upgrade_required"
                r"|full_version_required|not_enabled)$"
            ),
        ],
        ...,
    ] = Field(
        default=(),
        description="Access that differs from what the plan says, as ai_search=not_enabled.",
    )
    limited_calls: Annotated[int, Field(ge=0)] = Field(
        default=10,
        description="Calls a workspace may make of a tool that is available_with_limit.",
    )
    token_rate_limit_per_minute: Annotated[int | None, Field(ge=1)] = Field(
        default=None,
        description="Requests a client may make of /token in 60 seconds, revocations aside, "
        "before it answers 429 temporarily_unavailable; unset: no limit.",
    )
    rate_limit_window_seconds: Annotated[float, Field(gt=0)] = Field(
        default=60,
        description="The minute of the limits on tool calls, shorter for who cannot wait for it.",
    )
    rate_limit_per_minute: Annotated[int | None, Field(ge=1)] = Field(
        default=None, description="Tool calls a grant may make in 60 seconds; unset: no limit."
    )
    search_rate_limit_per_minute: Annotated[int | None, Field(ge=1)] = Field(
        default=None, description="Calls of notion-search among them; unset: no limit of its own."
    )
    workspace_rate_limit_per_minute: Annotated[int | None, Field(ge=1)] = Field(
        default=None,
        description="Tool calls all grants of a workspace may make in 60 seconds; unset: no limit.",
    )
