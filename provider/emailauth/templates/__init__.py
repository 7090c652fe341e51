"""What `emailauth init` writes. `@DOMAIN@` stands for the domain."""
