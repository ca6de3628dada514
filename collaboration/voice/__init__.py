"""Voice rooms: the people of one session talk, mixed by the app. Nothing here is imported before somebody joins one, but `rooms`."""
