"""The MCP endpoint: the library as tools for assistants, over streamable HTTP."""

from fototeca.server.mcp.endpoint import PATH, Endpoint

__all__ = ("PATH", "Endpoint")
