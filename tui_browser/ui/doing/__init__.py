"""What the commands of the map do, one file a group: a command `x` is the method `do_x` of one of these classes."""
