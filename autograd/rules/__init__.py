"""Derivatives: every rule of the library, of numbers and of arrays."""
