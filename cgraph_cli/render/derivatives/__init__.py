"""The formats of symbolic derivatives (`cgraph diff`), a module each.

Imports the rest of `render` and the rooms below it.
"""
