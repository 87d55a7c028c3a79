"""The steps after training: what was saved, its card, and the way to the Hub."""
