"""What an entry holds, and when a chain of them is whole. No I/O, no clock."""
