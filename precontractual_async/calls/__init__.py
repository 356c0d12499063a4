"""Asks one question: only this folder contacts the gateway.

Begin with `verifier`, which shows the steps of a query in order. Each step has its module: single flight,
admission and concurrency limit, session and bearer token, rate limiter, transport, retries, circuit breaker.
"""
