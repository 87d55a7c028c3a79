"""Tuneyard sets up, launches and watches the training of AI models."""
