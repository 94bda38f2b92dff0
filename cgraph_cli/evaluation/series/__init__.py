"""Taylor series on a graph: `coefficients` computes them, and `operations` says which nodes have them.

Imports the rest of `evaluation`.
"""
