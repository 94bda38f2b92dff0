"""The propagation of uncertainty: budgets, their second order, and distributions by Monte Carlo.

Imports the rest of `results` and what `results` may import.
"""
