"""The server: plans over HTTP, as the database has them; for programs and for people."""
