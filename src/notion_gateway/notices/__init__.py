"""Telling people's own programs what happens to a connection, before and when it breaks."""
