"""What is done to see phones, and to forget them."""
