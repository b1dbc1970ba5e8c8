"""What spans and log records say of the process that they come from. Imported only where there are
any: it needs OpenTelemetry's library.
"""

from opentelemetry.sdk.resources import OTELResourceDetector, Resource

from notion_gateway import __version__
from notion_gateway.kernel.log import replica


def resource() -> Resource:
    """What the environment says of it counts more."""
    own = {
        "service.name": "notion-mcp-gateway",
        "service.version": __version__,
        "service.instance.id": replica(),
    }
    return Resource.create(own).merge(OTELResourceDetector().detect())
