"""Proves the example repositories in a real container engine; outside the test suite, since it installs packages and takes minutes."""
