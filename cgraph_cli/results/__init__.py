"""Answers as data, before any format: reports, matrices, Taylor coefficients, derivations, values over ranges.

Imports `emit` and the rooms below it.
"""
