"""Taylor series on a graph: `coefficients` computes them, and `operations` holds the operations with series.

Imports the rest of `evaluation`.
"""
