"""The formats of symbolic derivatives (`cgraph diff`), a module each.

Imports the rest of `render` and what `render` may import.
"""
