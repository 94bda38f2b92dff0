"""The ground floor: the table of primitives, the graph, errors and shipped files.

Imports nothing of the package.
"""
