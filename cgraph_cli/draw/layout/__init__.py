"""The layout of a drawing: rows, places and routes of its boxes and edges.

Imports the rest of `draw` and the rooms below it.
"""
