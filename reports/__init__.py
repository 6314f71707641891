"""What reads results and says verdicts."""
