"""The wire APIs of other products, each a translation to and from our own model."""
