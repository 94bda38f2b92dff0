"""Words and notations that several formats share.

Imports the rest of `render` and the rooms below it.
"""
