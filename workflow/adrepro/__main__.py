"""`python -m adrepro` is the `adrepro` command."""

from adrepro.cli import main

main()
