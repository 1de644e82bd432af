"""The parts of a page. A widget gets facts and posts messages; it requests nothing."""
