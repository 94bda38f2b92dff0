"""Values and derivatives over ranges of inputs: tables of rows, curves and fields.

Imports the rest of `results` and the rooms below it.
"""
