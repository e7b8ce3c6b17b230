"""What the tasks of the pipeline call: prompts, response models, result classes, rendering, schedule."""
