"""What text is made of: languages, sentences, passages, days; no disk, no network."""
