"""What upstream's code knows: its models and its optimizers, and what each reads."""
