"""Collaboration: several people on one session, kept by a sidecar that touches no file; docs/collaboration.md describes the wire."""
