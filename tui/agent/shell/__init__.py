"""What a command line says, and what follows from it: rules, warnings, offers."""
