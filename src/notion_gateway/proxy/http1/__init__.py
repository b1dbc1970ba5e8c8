"""HTTP/1.1 to Notion (RFC 9110, RFC 9112): written for one server, many calls, and open streams."""
