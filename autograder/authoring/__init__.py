"""For authors: is an assignment sound, do its cases tell wrong from right, and how is a new problem begun?"""
