"""What lies in a dataset's folders, and what the trainer makes of it."""
