"""Sign-in through OpenID Connect providers: the protocol, and whose account it is. No HTTP server."""
