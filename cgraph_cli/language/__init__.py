"""Text to graph and back: parsing, syntax errors with advice, and writing a graph as a program.

Imports `core`.
"""
