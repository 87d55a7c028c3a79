"""The steps before training: the trainer's code, its imports, the data and the model's files."""
