"""The sentences of the articles that answer, or none."""
