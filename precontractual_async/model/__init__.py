"""The values of this package, and the rules about them that need no call.

Begin with `questions`: a candidate, a query and the outcomes. `answers` holds what the gateway says, `errors`
what can go wrong and who has to act, `dates` the start-date window. `planning` makes queries of candidates.
"""
