"""What goes wrong, seen in the settings alone: rules.py puts it together."""
