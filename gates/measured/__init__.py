"""Gates that look at something before the tests begin, one module each; the tests only judge what was seen."""
