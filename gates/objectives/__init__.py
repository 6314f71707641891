"""Objectives of load: their grammar, and what a run says about them. They are judged by criteria, as everything is."""
