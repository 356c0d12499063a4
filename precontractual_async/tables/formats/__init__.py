"""One module for each format of lists and results, and helper modules for workbooks.

Begin with `csv`: every format has a `read`, and a `write` when results can have this format.
"""
