"""Questions about the articles themselves: how many, which, by whom, of when, and what they say in short."""
