"""The formats of the outcomes of checks (`cgraph check`, `compare`), a module each.

Imports the rest of `render` and the rooms below it.
"""
