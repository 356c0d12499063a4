"""What was learned, kept: so that a batch survives its process, and a scheduled one asks only what is due."""
