"""The durable record of releases: every intent before its act, every judgement, approval and decision."""
