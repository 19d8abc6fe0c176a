"""What students are handed: starter files, answer sheets, the public half of the problems, and the pre-check."""
