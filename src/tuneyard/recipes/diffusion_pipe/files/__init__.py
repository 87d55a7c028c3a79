"""The model's files: what is named, what of it is needed, and whether it is what it is taken for."""
