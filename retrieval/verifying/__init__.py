"""What of a language model's sentences the articles bear out."""
