"""Derivatives of other libraries, recognised and brought into the forms that the checker takes."""
