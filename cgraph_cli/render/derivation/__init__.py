"""The formats of a derivation (`cgraph explain`), a module each, and the `sentences` that they share.

Imports the rest of `render` and what `render` may import.
"""
