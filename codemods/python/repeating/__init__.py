"""Whether evaluating something once more gives the same: an interpreter over what is known of values."""
