"""Articles from the web: fetched politely and safely, page by page or by feed."""
