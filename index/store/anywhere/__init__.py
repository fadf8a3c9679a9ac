"""An index, wherever it is: in a folder or in a database; what of it is asked, listed, shown."""
