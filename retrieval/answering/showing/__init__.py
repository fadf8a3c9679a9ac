"""How an answer looks: what is shown of it, as plain text, in a notebook."""
