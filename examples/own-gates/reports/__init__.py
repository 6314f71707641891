"""The project's own package, which happens to have the name of one of Tidegate's."""
