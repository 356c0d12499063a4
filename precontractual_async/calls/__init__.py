"""One question asked: the only room that reaches the gateway.

Begin with `verifier`, which reads as the story of a query. Each step has its module: single flight, admission
with its concurrency limit, session and bearer token, rate limiter, transport, retrying, circuit breaker.
"""
