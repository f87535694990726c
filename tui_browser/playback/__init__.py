"""Playing samples: the player process, its mixer and voices, audio back ends, and a listener over SSH."""
