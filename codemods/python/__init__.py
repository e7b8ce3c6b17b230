"""What Python source says: modules, names, classes, values, effects. Knows no Luigi, no model and no step."""
