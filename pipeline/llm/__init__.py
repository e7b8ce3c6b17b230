"""Language models: the interface, the offline model, endpoints, and the executor that tries them."""
