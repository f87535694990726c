"""Spritesheets: many pictures in one, and many sounds in one."""
