"""What a command is, and which key asks for which command."""
