"""Cases of other systems' test suites, read from data and tried on ours."""
