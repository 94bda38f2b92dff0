"""Text to graph and back: parsing, the messages for what does not parse, and writing a graph as a program.

Imports `core`.
"""
