"""Keeps outcomes, so that a batch survives its process and a scheduled batch asks only what is due."""
