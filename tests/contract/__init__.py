"""The contract: the document, its examples, what it is tried with, and a client made of it."""
