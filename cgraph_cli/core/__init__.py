"""Primitives and the graph: what every other room builds on, with errors and the files that ship.

Imports nothing of the package.
"""
