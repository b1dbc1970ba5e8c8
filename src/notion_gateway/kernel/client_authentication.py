"""How an OAuth client proves at a token endpoint who it is (RFC 6749 section 2.3)."""

from typing import Literal

AuthMethod = Literal["none", "client_secret_post", "client_secret_basic"]
