"""The parts of asking: the classifier, the routers, the context, the built-in architect's answers."""
