"""One file for each format of lists and results, and what workbooks need around it.

Begin with `csv`: every format has a `read` and, where results are written in it, a writer.
"""
