"""Pictures drawn from tables and arrays, in one style: every public function returns a matplotlib Figure."""
