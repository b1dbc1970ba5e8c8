"""What is kept of a list of tools, and how two of them differ, in words."""
