"""The two discovery documents, key for key as Notion serves them."""

from typing import Any

from notion_simulator.settings import SimulatorSettings

SCOPE = "default"


def authorization_server(base_url: str, settings: SimulatorSettings) -> dict[str, Any]:
    """Returns the authorization server metadata (RFC 8414)."""
    auth_methods = ["client_secret_basic", "client_secret_post", "none"]
    document: dict[str, Any] = {
        "issuer": base_url,
        "authorization_endpoint": f"{base_url}/authorize",
        "token_endpoint": f"{base_url}/token",
        "registration_endpoint": f"{base_url}/register",
        "scopes_supported": [SCOPE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
        "authorization_grant_profiles_supported": ["urn:ietf:params:oauth:grant-profile:id-jag"],
        "token_endpoint_auth_methods_supported": auth_methods,
        "revocation_endpoint": f"{base_url}/token",
        "introspection_endpoint": f"{base_url}/introspect",
        "introspection_endpoint_auth_methods_supported": auth_methods,
        "code_challenge_methods_supported": ["plain", "S256"],
        "client_id_metadata_document_supported": settings.client_id_metadata_documents,
    }
    if settings.advertise_iss:
        document["authorization_response_iss_parameter_supported"] = True
    return document


def protected_resource(base_url: str, path: str) -> dict[str, Any]:
    """Returns the protected resource metadata (RFC 9728) of `path`, "" for the root form."""
    return {
        "resource": f"{base_url}{path}",
        "authorization_servers": [base_url],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
        "resource_name": "Notion MCP (Beta)",
    }
