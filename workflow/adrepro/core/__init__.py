"""Errors, files, devices and the running of steps: what every other subpackage rests on."""
