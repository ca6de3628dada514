"""What models and the architect produce: parsed, compared by meaning, validated and judged."""
