"""Writing: one public function is one thing that happens is one transaction. One action never calls another."""
