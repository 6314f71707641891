"""Gates over report files: one module for each kind of report, and `judge.judge` for a gate with any of them."""
