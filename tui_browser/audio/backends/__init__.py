"""What a sound can go out through: a device library, a file, or nowhere."""
