"""The HTML report on a journal: what is known of whom, whose move it is, and pictures of it."""
