"""The nouns, and what can be told of them without asking anybody.

Begin with `questions`: a candidate, a query, and the outcomes. `answers` is what the gateway says, `errors`
what can go wrong, split by whose move it is, `dates` the start-date window, and `planning` makes a query of a
candidate.
"""
