"""RunPod, where GPUs are rented by the hour."""
