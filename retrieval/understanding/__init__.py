"""What is asked: the words, the turns before, the time meant."""
