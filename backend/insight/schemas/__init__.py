"""What boards, figures and simulations take and give over HTTP, as schemas."""
