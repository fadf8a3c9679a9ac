"""The ways to ask: ArticleQA, LangChain, notebooks."""
