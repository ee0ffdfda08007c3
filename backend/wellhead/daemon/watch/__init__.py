"""What a member looks at beside its work, so that trouble is seen even where a step hangs."""
