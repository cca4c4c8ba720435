"""Measurements of what a learner waits for; not tests, because time depends on the machine."""
