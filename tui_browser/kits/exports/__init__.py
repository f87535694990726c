"""Kits as files of samplers, drum machines and live-coding environments."""
