"""LaunchProfile + bound + GPU → named, versioned features. Nothing measured can come here."""
