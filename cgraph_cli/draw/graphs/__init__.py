"""The formats of a drawing of a graph (`cgraph graph`), a module each.

Imports the rest of `draw` and the rooms below it.
"""
