"""Answers as data, before any format: reports, matrices, Taylor coefficients, derivations, values over ranges.

Imports `symbolic`, `trust` and the rooms below them.
"""
