"""What the trainer imports of ComfyUI first."""
