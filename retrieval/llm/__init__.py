"""A language model, asked within bounds."""
