"""Load: what is run (a LoadPlan), how it is run (Locust, in its own processes) and what came of it (a LoadResult)."""
