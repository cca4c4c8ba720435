"""Exercises of lesson 3.2."""
