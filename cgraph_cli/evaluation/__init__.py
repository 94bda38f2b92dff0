"""Numbers of a graph at a point: rules, kernels for each algebra, the forward and reverse sweeps, series.

Imports `core` and `language`.
"""
