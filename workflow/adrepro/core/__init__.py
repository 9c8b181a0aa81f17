"""Errors, files, devices and the command line of steps, for all other subpackages."""
