"""`python -m adrepro` is the `adrepro` command."""

from .cli import main

main()
