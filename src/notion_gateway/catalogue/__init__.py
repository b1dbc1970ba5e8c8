"""What tools Notion lists for each space, and what has changed in them."""
