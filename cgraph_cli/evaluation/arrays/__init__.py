"""The algebra of NumPy's arrays, in which the sweeps compute many numbers at once.

Imports `core`, the kernels and the doubles, and NumPy, which takes as long as a short answer: import `algebra` late.
"""
