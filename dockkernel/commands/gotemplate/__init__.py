"""The language of `--format`: Go's text/template with Go's error texts. https://pkg.go.dev/text/template ."""
