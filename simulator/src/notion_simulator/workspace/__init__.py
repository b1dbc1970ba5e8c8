"""The content that tools read and change."""
