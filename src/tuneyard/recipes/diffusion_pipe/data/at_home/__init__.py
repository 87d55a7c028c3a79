"""What only home needs."""
