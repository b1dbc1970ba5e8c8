"""What all tables belong to, and which of the migrations they are as new as."""

import sqlalchemy as sa

metadata = sa.MetaData()

REVISION = "0036_serves_0010"
"""The newest of ``migrations/``."""
