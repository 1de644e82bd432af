"""The pages of the app, each made of widgets."""
