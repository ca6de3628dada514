"""What manifests and source code of one language mean: read here, decided in the stacks."""
