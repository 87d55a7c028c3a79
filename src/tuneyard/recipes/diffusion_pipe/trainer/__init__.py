"""The train step: starts diffusion-pipe, watches it, stops it, goes on with it."""
