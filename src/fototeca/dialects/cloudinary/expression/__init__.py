"""Cloudinary's expression language: `parser` reads a text into `syntax`, `translation` says what it asks of assets."""

from fototeca.dialects.cloudinary.expression.parser import parse
from fototeca.dialects.cloudinary.expression.translation import Translation, translate

__all__ = ("Translation", "parse", "translate")
