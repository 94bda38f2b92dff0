"""Derivatives as graphs: differentiation by inlined rules, and simplification.

Imports `evaluation` and the rooms below it.
"""
