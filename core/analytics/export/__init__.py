"""Answers as files: workbooks with numbers that are numbers, and plain text for other programs."""
