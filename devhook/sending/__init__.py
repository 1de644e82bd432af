"""Out again: what devhook itself sends, and the scenarios that say what happens when."""
