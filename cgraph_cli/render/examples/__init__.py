"""The formats of the example programs (`cgraph examples`), a module each.

Imports the rest of `render` and what `render` may import.
"""
