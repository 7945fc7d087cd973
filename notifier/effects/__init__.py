"""What came of it, in numbers. Pure: counts and answers in, what may be told out."""
