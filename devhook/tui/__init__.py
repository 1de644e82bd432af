"""The screen: the Textual app that shows what the inbox has. The only room that knows Textual."""
