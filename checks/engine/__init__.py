"""What a Docker engine says of the containers that a release runs in: evidence, and no opinion."""
