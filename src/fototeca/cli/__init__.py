"""The command line."""

from fototeca.cli.app import main

__all__ = ("main",)
