"""The three scenes: each moves by ten parameters and draws dots."""
