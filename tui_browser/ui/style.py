"""Where things stand on the main screen, by its form; colours come from the theme alone."""

CSS = """
Screen { color: $foreground; }
MainScreen { background: $background; layout: vertical; overflow: hidden; }
#body { height: 1fr; width: 1fr; }
#side { width: 30; border-left: solid $wall; }
#details { height: 9; border-top: solid $wall; }
#small { display: none; }
MainScreen.-wide #side { width: 34%; max-width: 64; }
MainScreen.-wide #details { height: 16; }
MainScreen.-tall #body { layout: vertical; }
MainScreen.-tall #map { height: 3fr; }
MainScreen.-tall #side { width: 1fr; height: 2fr; border-left: none; border-top: solid $wall; }
MainScreen.-tall #details { display: none; }
MainScreen.-compact #side { display: none; }
MainScreen.-compact #details { display: none; }
MainScreen.-compact.-listing #side { display: block; width: 1fr; border-left: none; }
MainScreen.-compact.-listing #map { display: none; }
MainScreen.-tiny > * { display: none; }
MainScreen.-tiny #small { display: block; }
MainScreen.-empty #map, MainScreen.-empty #side, MainScreen.-empty #legend { display: none; }
MainScreen.-unplaced #map { display: none; }
MainScreen.-ascii #side { border-left: ascii $wall; }
MainScreen.-ascii #details { border-top: ascii $wall; }
MainScreen.-ascii.-tall #side { border-left: none; border-top: ascii $wall; }
Input { color: $foreground; }
Input > .input--placeholder { color: $muted; }
"""
