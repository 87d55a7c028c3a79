"""A part of ComfyUI."""
