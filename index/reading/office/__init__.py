"""Documents of word processors and books: zip files of XML, and RTF."""
