"""Refusals in the form of OpenAI's error object."""

from typing import Any


class ModelError(Exception):
    """A request that is refused with `status`."""

    def __init__(
        self, status: int, message: str, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param

    @property
    def document(self) -> dict[str, Any]:
        """The body: {"error": {"message", "type", "param", "code"}}."""
        return {
            "error": {
                "message": self.message,
                "type": "invalid_request_error",
                "param": self.param,
                "code": self.code,
            }
        }


def invalid(message: str, param: str | None = None, code: str | None = None) -> ModelError:
    """Returns the 400 for a request that cannot be answered as it is."""
    return ModelError(400, message, code, param)


def unauthorized() -> ModelError:
    return ModelError(401, "Incorrect API key provided.", "invalid_api_key")


def unknown_model(name: str) -> ModelError:
    return ModelError(404, f"The model '{name}' does not exist.", "model_not_found", "model")


def unknown_address(method: str, path: str) -> ModelError:
    return ModelError(404, f"Invalid URL ({method} {path})", "unknown_url")


def too_large(limit_bytes: int) -> ModelError:
    return ModelError(413, f"The request is larger than {limit_bytes} bytes.", "request_too_large")
