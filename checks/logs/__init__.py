"""What logs say: errors, their contract, a line that was sent through, personal data. Evidence, and no opinion."""
