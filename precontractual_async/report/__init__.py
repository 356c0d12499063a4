"""The HTML report on a journal: what is known about each citizen, who must act, and charts."""
