"""Verdicts about programs: gradients against independent values, assertions, comparison of two programs.

Imports `symbolic`, `trust` and the rooms below them.
"""
