"""What is told, when it is tried again, and where it may be sent."""
