"""What the program writes about a session, as pure text and tables; nothing here knows Textual."""
