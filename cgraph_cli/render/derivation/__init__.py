"""A derivation (`cgraph explain`) in its formats.

Imports the rest of `render` and what `render` may import.
"""
