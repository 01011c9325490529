"""`python -m fototeca.cli`, the same as the command `fototeca`."""

from fototeca.cli import main

main()
