"""What a notice of change can be about."""

from enum import StrEnum


class Topic(StrEnum):
    """``CREDENTIALS``: a space's Notion tokens were replaced. ``ACCESS``: its members or
    gateway tokens have changed.
    """

    CREDENTIALS = "credentials"
    ACCESS = "access"
