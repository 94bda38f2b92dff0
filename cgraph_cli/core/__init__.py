"""Primitives and the graph, the ground of every other room, with errors and the files that ship.

Imports nothing of the package.
"""
