"""The formats of a derivation (`cgraph explain`), a module each.

Imports the rest of `render` and the rooms below it.
"""
