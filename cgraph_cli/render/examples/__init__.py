"""The formats of the example programs (`cgraph examples`), a module each.

Imports the rest of `render` and the rooms below it.
"""
