"""The formats of the table of primitives (`cgraph functions`), a module each.

Imports the rest of `render` and the rooms below it.
"""
