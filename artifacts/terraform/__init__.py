"""Our own reader of Terraform's language: text to blocks and expressions, a folder to a module, and what a module decides."""
