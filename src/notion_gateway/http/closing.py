"""The end of a connection whose other side may not take what is left to send."""

import asyncio
from typing import Final

LEFT_SECONDS: Final = 30.0
"""For what is left, however slowly it is taken: the event loop itself would wait for ever."""


def close_within(
    transport: asyncio.Transport, seconds: float = LEFT_SECONDS
) -> asyncio.TimerHandle | None:
    """Closes it when what is left has been taken, or after so long. Returns what waits for that."""
    transport.close()
    if not transport.get_write_buffer_size():
        return None
    return asyncio.get_running_loop().call_later(seconds, transport.abort)
