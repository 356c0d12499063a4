"""What the tests stand on: a clock that does not wait, ways to the gateway, published numbers."""
