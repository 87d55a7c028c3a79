"""What can be seen of files here, before anything is set up."""
