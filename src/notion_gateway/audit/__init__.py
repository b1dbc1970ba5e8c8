"""What was done in a space: every call of a tool, in a chain that shows whether a row is missing,
changed or out of its place.
"""
