"""What is there more than once: the same sound, nearly the same sound, nearly the same text."""
