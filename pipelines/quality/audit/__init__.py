"""Ears on the data: a sample is drawn, people listen, and what they say becomes a figure with an interval."""
