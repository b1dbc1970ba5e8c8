"""Where one client runs: a home of its own, one space's address, and an environment that holds
nothing of this machine's but where its programs are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TOKEN_VARIABLE = "MY_SPACE_TOKEN"

_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "FASTMCP_CHECK_FOR_UPDATES": "off",
    "LANGSMITH_TRACING": "false",
    "MCP_USE_ANONYMIZED_TELEMETRY": "false",
    "NO_UPDATE_NOTIFIER": "1",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
    "OPENCODE_DISABLE_MODELS_FETCH": "1",
}
"""No client tells anybody of its use, or looks for another version of itself."""


@dataclass(frozen=True, slots=True)
class Place:
    home: Path
    address: str
    model: str
    """Where the scripted model is."""
    programs: str
    """The path to look for programs in."""
    browser: str
    """The program that plays the person's part."""
    token: str | None
    """A gateway token, or None where the client has to log in."""

    @property
    def project(self) -> Path:
        folder = self.home / "project"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def environment(self) -> Mapping[str, str]:
        given = {TOKEN_VARIABLE: self.token} if self.token else {}
        return {
            **_QUIET,
            **given,
            "BROWSER": self.browser,
            "DISPLAY": ":0",  # or some do not try to open a browser
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": self.programs,
            "PYTHONDONTWRITEBYTECODE": "1",
            "TERM": "xterm-256color",
            "XDG_DATA_DIRS": str(self.home / "none"),  # or some start the machine's own browser
        }

    def write(self, path: str, text: str) -> None:
        """A file below the client's home."""
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
