"""What of the recipe never travels with a job: it runs at home alone."""
