"""The words and notations that several formats share.

Imports the rest of `render` and what `render` may import.
"""
