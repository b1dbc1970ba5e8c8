"""What Notion grants a connection in a minute, shared fairly among those who call."""
