"""The jobs the scripted model can do, one module for each, and the rules they rest on."""
