"""The demo: ``python -m demo`` in a checkout. It is part of no package."""
