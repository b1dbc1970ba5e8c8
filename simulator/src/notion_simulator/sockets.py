"""Closing a client's socket from inside an ASGI application, as a crash or a cut cable would."""

from typing import Protocol, cast

from starlette.types import Receive


class Transport(Protocol):
    """The part of asyncio's transport that is needed here."""

    def close(self) -> None: ...


class SocketUnreachableError(RuntimeError):
    """The server does not let the application reach its socket; run the simulator on uvicorn."""


def transport_of(receive: Receive) -> Transport:
    """Returns the transport behind an ASGI `receive`.

    uvicorn hands the application a bound method of the object that owns the
    transport, for both of its HTTP implementations. ASGI itself has no way to
    end a connection without an answer.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise SocketUnreachableError
    return cast("Transport", transport)


async def close_socket(receive: Receive) -> None:
    """Sends what was written, closes the socket and returns once the server has noticed.

    Waiting matters: an application that returns earlier without an answer gets
    a 500 written for it.
    """
    transport_of(receive).close()
    await client_left(receive)


async def client_left(receive: Receive) -> None:
    """Returns once the connection is gone; what is left of the request body is dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass
