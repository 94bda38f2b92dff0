"""A program at the rows of a table: kernels over blocks of rows, and the detection of rows in doubt.

Imports `core`, `evaluation`, `symbolic`, `trust` and `emit`, and NumPy where it is installed and needed.
"""
