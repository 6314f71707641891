"""Live security: what a running target shows, sets, allows and refuses, as evidence."""
