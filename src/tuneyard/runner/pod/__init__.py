"""What begins and ends in a pod: PID 1, its own end, and the HTTP face of its job. Standard library only."""
