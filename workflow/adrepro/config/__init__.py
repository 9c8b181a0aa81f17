"""Settings of a study: their schema, defaults, documentation and validation."""
