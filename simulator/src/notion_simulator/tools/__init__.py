"""Notion's tools, one module per family; `registry` puts them together."""
