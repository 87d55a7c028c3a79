"""A recipe whose steps are shell scripts out of the settings, for pods made by hand."""
