"""The formats of the table of primitives (`cgraph functions`), a module each.

Imports the rest of `render` and what `render` may import.
"""
