"""How things are written in the files the architect makes: lines with reasons, shell text, users, probes, YAML."""
