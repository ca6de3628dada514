"""Terraform modules for five clouds, drawn from profile and image plans."""

from architect.blueprints.terraform.blueprint import Terraform

__all__ = ["Terraform"]
