"""The benchmark: messages a second through a real zone, beside a naive pipeline in the same run (`python -m bench`).

Nothing of the product imports it. What it measures, and what it does not, stands in the report that it prints.
"""
