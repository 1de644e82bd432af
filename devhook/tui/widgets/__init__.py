"""The parts a page is made of. A widget is told facts and posts messages; it asks nobody."""
