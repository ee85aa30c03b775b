"""The engine's version: a part of every fingerprint."""

VERSION = "0.1.0"
