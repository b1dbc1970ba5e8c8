"""How fast the gateway is, beside nginx and beside nothing at all: ``python -m bench``."""
