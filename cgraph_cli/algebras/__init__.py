"""Algebras: what a number is. A rule is compiled once into a kernel for each algebra that asks for it."""
