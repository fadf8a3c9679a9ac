"""Where articles come from: folders, files, addresses on the web."""
