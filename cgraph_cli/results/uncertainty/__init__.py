"""The propagation of uncertainty: budgets, their second order, and distributions by Monte Carlo.

Imports the rest of `results` and the rooms below it.
"""
