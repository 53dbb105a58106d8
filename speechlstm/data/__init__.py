"""Manifests, the corpus in memory, and the streams composed out of it."""
