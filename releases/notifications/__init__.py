"""Telling people: what happened to a release, to the places that the environment names. It changes no verdict."""
