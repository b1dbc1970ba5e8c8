"""The authorization server of mcp.notion.com, as far as it can be seen from outside."""
