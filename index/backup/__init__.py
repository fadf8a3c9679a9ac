"""The index in one file, and back."""
