"""Customers, their contacts and addresses, and the channels they buy through."""
