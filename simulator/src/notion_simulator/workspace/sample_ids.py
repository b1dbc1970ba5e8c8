"""The ids and times of the samples, derived from names so that a test can write them down."""

from datetime import datetime
from uuid import UUID, uuid5

SAMPLE_NAMESPACE = UUID("0d5c7a52-3d0c-4b36-8f4f-5f8f0d3a9e10")
ADA = "Ada Park"


def sample_id(name: str) -> str:
    """Returns the id of the sample object with this name, for instance "Acme" or "Roadmap"."""
    return str(uuid5(SAMPLE_NAMESPACE, name))


def at(text: str) -> float:
    """Returns an ISO 8601 moment as seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()
