"""How rows become files: plan, read, validate, transform, write, prove. Pure Arrow and Polars."""
