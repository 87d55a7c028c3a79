"""The trainer's configuration: what is typed becomes its TOML files."""
