"""Measures answers and makes the learned files; no answer runs it."""
