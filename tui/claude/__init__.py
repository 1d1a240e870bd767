"""The Messages API: client, request builder, stream, retries, errors, catalogue."""
