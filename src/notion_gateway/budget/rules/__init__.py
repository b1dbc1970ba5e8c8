"""What is learned from refusals of Notion, and who comes next: without I/O or clock."""
