"""What is raised for settings that cannot be used."""


class ConfigurationError(Exception):
    """The settings do not go together; the message names the variables."""


class NamedServiceUnavailable(ConfigurationError):
    """A server that the settings need cannot be used just now; they may be right."""
