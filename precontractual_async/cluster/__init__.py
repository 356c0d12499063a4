"""What several processes or machines share: one allowed rate, one token."""
