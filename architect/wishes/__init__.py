"""The rules that read a user's plain words: what each hears and what it changes."""
