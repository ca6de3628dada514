"""One question, many answerers."""
