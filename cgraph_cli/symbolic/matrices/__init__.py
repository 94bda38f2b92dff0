"""Matrix calculus: derivatives of programs of arrays, as programs of arrays.

Imports the rest of `symbolic` and the rooms below it.
"""
