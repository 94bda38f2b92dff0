"""A program at the rows of a table: kernels over blocks of rows, which know the rows that need to be looked into.

Imports `core`, `evaluation`, `symbolic`, `trust` and `emit`, and NumPy where it is there and asked for.
"""
