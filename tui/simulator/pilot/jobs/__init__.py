"""The jobs the pilot can do, one module for each, and the rules they rest on."""
