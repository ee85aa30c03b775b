"""Lock-step rooms: the server gathers commands, merges them, sends them to all, and compares what came of them."""
