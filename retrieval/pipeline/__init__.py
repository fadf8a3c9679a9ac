"""The steps of an answer: understand, retrieve, pack, answer, verify."""
