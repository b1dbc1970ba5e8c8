"""Resources and prompts that the conformance suite reads from a reference server."""

import json
import re
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

Context = ServerRequestContext[dict[str, Any]]

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="

_TEMPLATE = "test://template/{id}/data"
_TEXTS = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "Content that may change.",
}


def image() -> types.ImageContent:
    return types.ImageContent(data=PNG, mime_type="image/png")


def text(value: str) -> types.TextContent:
    return types.TextContent(text=value)


def embedded(uri: str, value: str, mime_type: str = "text/plain") -> types.EmbeddedResource:
    contents = types.TextResourceContents(uri=uri, mime_type=mime_type, text=value)
    return types.EmbeddedResource(resource=contents)


# --- resources ----------------------------------------------------------------------------


async def list_resources(
    _: Context, __: types.PaginatedRequestParams | None
) -> types.ListResourcesResult:
    resources = [
        types.Resource(uri=uri, name=uri.partition("//")[2], description=uri, mime_type=mime_type)
        for uri, mime_type in (
            *((uri, "text/plain") for uri in _TEXTS),
            ("test://static-binary", "image/png"),
        )
    ]
    return types.ListResourcesResult(resources=resources)


async def list_templates(
    _: Context, __: types.PaginatedRequestParams | None
) -> types.ListResourceTemplatesResult:
    template = types.ResourceTemplate(
        uri_template=_TEMPLATE,
        name="template",
        description="Data for an id",
        mime_type="application/json",
    )
    return types.ListResourceTemplatesResult(resource_templates=[template])


async def read_resource(
    _: Context, params: types.ReadResourceRequestParams
) -> types.ReadResourceResult:
    """Raises MCPError -32602 with the address where there is no such resource (SEP-2164)."""
    return types.ReadResourceResult(contents=[_contents(params.uri)])


def _contents(uri: str) -> types.TextResourceContents | types.BlobResourceContents:
    if uri in _TEXTS:
        return types.TextResourceContents(uri=uri, mime_type="text/plain", text=_TEXTS[uri])
    if uri == "test://static-binary":
        return types.BlobResourceContents(uri=uri, mime_type="image/png", blob=PNG)
    match = re.fullmatch(r"test://template/([^/]+)/data", uri)
    if match is None:
        raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})
    one = match.group(1)
    document = {"id": one, "templateTest": True, "data": f"Data for ID: {one}"}
    return types.TextResourceContents(
        uri=uri, mime_type="application/json", text=json.dumps(document)
    )


async def acknowledge(_: Context, __: types.RequestParams) -> types.EmptyResult:
    """For subscribe, unsubscribe and the log level: taken note of, nothing more."""
    return types.EmptyResult()


# --- prompts ------------------------------------------------------------------------------


def _argument(name: str) -> types.PromptArgument:
    return types.PromptArgument(name=name, description=f"The {name}", required=True)


_PROMPTS = (
    types.Prompt(name="test_simple_prompt", description="A prompt without arguments"),
    types.Prompt(
        name="test_prompt_with_arguments",
        description="A prompt with two arguments",
        arguments=[_argument("arg1"), _argument("arg2")],
    ),
    types.Prompt(
        name="test_prompt_with_embedded_resource",
        description="A prompt with a resource inside",
        arguments=[_argument("resourceUri")],
    ),
    types.Prompt(name="test_prompt_with_image", description="A prompt with an image"),
    types.Prompt(
        name="test_input_required_result_prompt", description="A prompt that asks before it answers"
    ),
)

_CONTEXT_QUESTION = {
    "user_context": {
        "method": "elicitation/create",
        "params": {
            "message": "What context should the prompt use?",
            "requestedSchema": {
                "type": "object",
                "properties": {"context": {"type": "string"}},
                "required": ["context"],
            },
        },
    }
}


async def list_prompts(
    _: Context, __: types.PaginatedRequestParams | None
) -> types.ListPromptsResult:
    return types.ListPromptsResult(prompts=list(_PROMPTS))


async def get_prompt(
    _: Context, params: types.GetPromptRequestParams
) -> types.GetPromptResult | types.InputRequiredResult:
    given = params.arguments or {}
    match params.name:
        case "test_simple_prompt":
            return _said(text("This is a simple prompt for testing."))
        case "test_prompt_with_arguments":
            line = f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'"
            return _said(text(line))
        case "test_prompt_with_embedded_resource":
            resource = embedded(given["resourceUri"], "Embedded resource content for testing.")
            return _said(resource, text("Please process the embedded resource above."))
        case "test_prompt_with_image":
            return _said(image(), text("Please analyze the image above."))
        case "test_input_required_result_prompt":
            answer = (params.input_responses or {}).get("user_context")
            if not isinstance(answer, types.ElicitResult):
                return types.InputRequiredResult.model_validate(
                    {"inputRequests": _CONTEXT_QUESTION}
                )
            return _said(text(f"The context: {answer.content}"))
        case unknown:
            raise MCPError(types.INVALID_PARAMS, f"Prompt {unknown} not found")


async def complete(_: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
    known = ("paris", "park", "party")
    values = [value for value in known if value.startswith(params.argument.value)]
    return types.CompleteResult(
        completion=types.Completion(values=values, total=len(values), has_more=False)
    )


def _said(*contents: types.ContentBlock) -> types.GetPromptResult:
    messages = [types.PromptMessage(role="user", content=content) for content in contents]
    return types.GetPromptResult(messages=messages)
