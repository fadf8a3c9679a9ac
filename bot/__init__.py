"""The front-ends: the command line, later Telegram."""
