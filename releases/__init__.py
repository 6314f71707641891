"""The way of a release: what is planned, done, judged and decided, and how it is never lost."""
