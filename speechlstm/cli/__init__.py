"""The commands; click is imported only here."""
