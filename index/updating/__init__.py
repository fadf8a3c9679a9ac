"""From sources to the next generation: gather, plan, embed, write, go live."""
