"""Who approves a release: statements that people sign with their SSH keys, and what refuses them."""
