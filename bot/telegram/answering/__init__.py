"""From a question to its delivered answer."""
