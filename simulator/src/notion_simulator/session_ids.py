"""Notion's session ids have 64 hex digits, the SDK's 32: a check half is added and taken off."""

import hashlib

SDK_ID_LENGTH = 32


def public_session_id(sdk_id: str) -> str:
    """Returns the 64-digit id a client sees."""
    return sdk_id + hashlib.sha256(sdk_id.encode()).hexdigest()[:SDK_ID_LENGTH]


def sdk_session_id(public_id: str) -> str:
    """Returns the SDK's id; anything that was not issued here comes back as it is, unknown."""
    candidate = public_id[:SDK_ID_LENGTH]
    return candidate if public_session_id(candidate) == public_id else public_id
