"""What people have said in the chat, kept for each of them alone and sealed."""
