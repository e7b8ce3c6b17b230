"""What changes plans: created, gone on with, stopped, deleted; and who runs them."""
