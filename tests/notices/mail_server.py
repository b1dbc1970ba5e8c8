"""A real mail server on the loopback: STARTTLS with a certificate, a login, and answers that a
test chooses.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from ssl import SSLContext
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.certificates import certificate
from tests.support.waiting import PATIENCE_SECONDS, until

USER: Final = "gateway"
PASSWORD: Final = "canary-of-the-mail-server"
SENDER: Final = "notion@example.com"


@dataclass
class MailServer:
    """``data_answers`` and ``recipient_answers``: the next answers; 250 once none are left. What
    was taken stands in ``heard``, every ``Message-ID`` that was tried in ``tried``.
    """

    port: int = 0
    certificate: Path = Path()
    data_answers: list[str] = field(default_factory=list[str])
    recipient_answers: list[str] = field(default_factory=list[str])
    heard: list[EmailMessage] = field(default_factory=list[EmailMessage])
    recipients: list[str] = field(default_factory=list[str])
    tried: list[str] = field(default_factory=list[str])
    was_encrypted: list[bool] = field(default_factory=list[bool])
    names_of_greeting: list[str] = field(default_factory=list[str])
    password: str = PASSWORD
    silent: asyncio.Event | None = None
    """Answers no mail until it is set."""

    def settings(self) -> dict[str, Any]:
        return {
            "gateway_smtp_host": "localhost",
            "gateway_smtp_port": self.port,
            "gateway_smtp_user": USER,
            "gateway_smtp_password": PASSWORD,
            "gateway_smtp_from": SENDER,
        }

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        knows = (given.login, given.password) == (USER.encode(), self.password.encode())
        return AuthResult(success=knows, handled=False)

    async def handle_RCPT(  # noqa: N802 - the library looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if self.recipient_answers:
            return self.recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.tried.append(str(message["Message-ID"]))
        if self.silent is not None:
            await self.silent.wait()
        if self.data_answers:
            return self.data_answers.pop(0)
        self.was_encrypted.append(session.ssl is not None)
        self.names_of_greeting.append(str(session.host_name))
        self.recipients += envelope.rcpt_tos
        self.heard.append(message)
        return "250 taken"

    def subjects(self) -> list[str]:
        return [str(one["Subject"]) for one in self.heard]

    async def hears(self, count: int) -> None:
        await until(lambda: len(self.heard) >= count, within_seconds=PATIENCE_SECONDS)


@asynccontextmanager
async def a_mail_server(
    folder: Path, *, starttls: bool = True, tls: bool = False, login: bool = True
) -> AsyncGenerator[MailServer]:
    """``starttls``: offered, and needed. ``tls``: from the first byte on."""
    here = MailServer(certificate=folder / "certificate.pem")
    context: SSLContext = certificate(folder)

    def speaking() -> SMTP:
        return SMTP(
            here,
            hostname="localhost",
            tls_context=context if starttls and not tls else None,
            require_starttls=starttls and not tls,
            authenticator=here.authenticate if login else None,
            auth_required=login,
            auth_require_tls=not tls,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(speaking, "127.0.0.1", 0, ssl=context if tls else None)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()
