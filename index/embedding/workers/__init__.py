"""Who embeds: this process, processes beside it, or actors on the machines of a Ray cluster."""
