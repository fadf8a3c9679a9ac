"""Files that hold many articles: what archives, mailboxes, channels and collections export."""
