"""What a Luigi task does: its calls of models, its writes, its outputs, the records it keeps."""
