"""Paths in a configuration."""

from pathlib import Path
from typing import Any

# Keys that hold a file or a folder where they hold text.
PATH_KEYS = ("cohort", "lists", "brain_masks", "labels", "table", "folder", "weights")


def strip_directories(config: Any) -> Any:
    """Return a copy of a configuration that keeps file names only, for privacy.

    Parameters
    ----------
    config : object
        Plain values of a configuration; values of `PATH_KEYS` are shortened, at all levels.

    Returns
    -------
    object
        Plain values.
    """
    if isinstance(config, dict):
        return {
            key: Path(value).name if key in PATH_KEYS and isinstance(value, str) else strip_directories(value)
            for key, value in config.items()
        }
    return config
