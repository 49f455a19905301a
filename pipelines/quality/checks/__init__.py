"""What is expected of an output folder, as Great Expectations suites, and whether it holds."""
