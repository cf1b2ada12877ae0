"""Figures of boards: each takes what to draw and gives a plotly figure whose marks can be clicked."""
