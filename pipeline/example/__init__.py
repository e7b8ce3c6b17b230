"""The pipeline of 61 tasks that comes with the runtime. The runtime never imports it."""
