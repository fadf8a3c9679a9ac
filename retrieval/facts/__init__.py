"""What a text tells that can be compared: numbers, days, names, denials."""
