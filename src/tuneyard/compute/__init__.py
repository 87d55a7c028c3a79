"""Where jobs run. A compute is found by an entry point of the group ``tuneyard.computes``."""
