"""One message to one person by e-mail: once, bounded in time, encrypted as the settings say."""

import asyncio
import functools
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Final, Literal, final

from notion_gateway.kernel.addresses import address_literal
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.late_imports import imported
from notion_gateway.kernel.mail_address import domain_of
from notion_gateway.kernel.secret import Secret
from notion_gateway.notices.rules.mails import Mail
from notion_gateway.notices.rules.retries import Failure
from notion_gateway.notices.sender import Attempt

if TYPE_CHECKING:
    from aiosmtplib import SMTPException

TIMEOUT_SECONDS: Final = 30.0
"""From connecting until the server says that it has the mail."""
_PERMANENT: Final = 500
"""From here on a server says that another try is of no use (RFC 5321 section 4.2.1)."""
_NAME: Final = "Notion MCP Gateway"


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: Secret


@final
@dataclass(frozen=True)
class MailSender:
    """``tls``: as GATEWAY_SMTP_TLS has it. ``sender``: whom mails are from. ``here``: the
    gateway's own host, by which it greets the server.
    """

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    login: Login | None
    sender: str
    here: str
    clock: Clock
    timeout_seconds: float = TIMEOUT_SECONDS

    async def send(self, address: str, message_id: str, mail: Mail) -> Attempt:
        """``address`` is judged already. The same ``message_id`` makes the same ``Message-ID``."""
        await imported("aiosmtplib")
        import aiosmtplib

        login = self.login
        try:
            async with asyncio.timeout(self.timeout_seconds):
                await aiosmtplib.send(
                    self._written(address, message_id, mail),
                    sender=self.sender,
                    recipients=[address],
                    hostname=self.host,
                    port=self.port,
                    local_hostname=self.here,
                    use_tls=self.tls == "tls",
                    start_tls=self.tls == "starttls",
                    tls_context=None if self.tls == "none" else mail_certificates(),
                    username=login and login.user,
                    password=login and login.password.reveal(),
                    timeout=self.timeout_seconds,
                )
        except (TimeoutError, aiosmtplib.SMTPTimeoutError):
            return Attempt(failure=Failure.TIMED_OUT)
        except aiosmtplib.SMTPException as fault:
            return _judged(fault)
        except OSError:  # of TLS too
            return Attempt(failure=Failure.UNREACHABLE)
        return Attempt(status=250)

    def _written(self, address: str, message_id: str, mail: Mail) -> EmailMessage:
        """A header that holds a line break is refused here with ValueError."""
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(_NAME, addr_spec=self.sender)
        message["To"] = Address(addr_spec=address)
        message["Subject"] = mail.subject
        message["Date"] = self.clock.now()
        message["Message-ID"] = f"<{message_id}@{domain_of(self.sender)}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers it
        message.set_content(mail.text)
        return message


def greeting_name(host: str) -> str:
    """An address literal has brackets there (RFC 5321 section 4.1.3)."""
    literal = address_literal(host)
    if literal is None:
        return host
    return f"[{literal}]" if literal.version == 4 else f"[IPv6:{literal}]"  # noqa: PLR2004


@functools.cache
def mail_certificates() -> ssl.SSLContext:
    """As ``trusted_certificates``, but without HTTP's name in the handshake: mail servers that
    guard against mixed-up protocols refuse it (RFC 7301 section 3.2).
    """
    return ssl.create_default_context()


def _judged(fault: "SMTPException") -> Attempt:
    """A server that refuses this mail, or whom it is to, for good is asked no more. What it has
    against the gateway its operator may mend.
    """
    import aiosmtplib

    match fault:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[first, *_]):
            return _refused(first.code, is_about_this_mail=True)
        case aiosmtplib.SMTPDataError(code=code):
            return _refused(code, is_about_this_mail=True)
        case aiosmtplib.SMTPAuthenticationError(code=code):
            return Attempt(code, Failure.LOGIN_REFUSED)
        case aiosmtplib.SMTPResponseException(code=code):
            return _refused(code, is_about_this_mail=False)
        case _:
            return Attempt(failure=Failure.UNREACHABLE)


def _refused(status: int, *, is_about_this_mail: bool) -> Attempt:
    is_final = is_about_this_mail and status >= _PERMANENT
    return Attempt(status, Failure.REFUSED, is_final=is_final)
