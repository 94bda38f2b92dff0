"""The language: text to graph."""
