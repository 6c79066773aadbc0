"""What a person's look at a few stretches says of all of them: pure functions of rows and answers."""
