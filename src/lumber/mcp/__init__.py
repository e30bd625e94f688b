"""Tools for agents, by the Model Context Protocol. Each tool calls the HTTP API, which judges it."""
