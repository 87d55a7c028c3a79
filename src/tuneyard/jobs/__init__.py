"""Jobs: what they are, what will happen, and what is happening."""
