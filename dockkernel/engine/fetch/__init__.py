"""What a build takes from elsewhere: files over HTTP, Git repositories. The engine's only sockets and programs."""
