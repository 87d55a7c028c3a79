"""A job that runs elsewhere, as home sees it: its attendant, and the mirror of its folder."""
