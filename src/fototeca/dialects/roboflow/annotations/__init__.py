"""Annotation formats, in and out; each reads text into `Shape`s, and writes `Picture`s."""
