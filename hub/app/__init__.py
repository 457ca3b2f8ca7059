"""The composition root: homes are made and opened here, and edges are given to the core."""
