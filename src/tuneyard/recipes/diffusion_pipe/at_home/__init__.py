"""What a plan shows people: no pod needs it."""
