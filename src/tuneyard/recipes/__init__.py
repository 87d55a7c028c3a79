"""How each trainer is set up, run, watched and stopped. A folder is a recipe."""
