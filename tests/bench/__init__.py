"""The bench: our operations against floors measured in the same run. Not collected by pytest."""
