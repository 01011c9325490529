"""Pixels to vectors, regions and text: this room's models come with the vision step."""
