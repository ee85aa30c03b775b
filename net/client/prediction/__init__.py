"""Prediction: the client computes its own entities ahead of the server, with the same rules, and is put right by it."""
