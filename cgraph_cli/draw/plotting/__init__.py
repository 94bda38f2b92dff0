"""The parts of charts: axes, figures and maps, as SVG and as text for a terminal.

Imports the rest of `draw` and the rooms below it.
"""
