"""The tools the model may call, and what they share."""
