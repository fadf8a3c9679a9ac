"""The report page: what `articlebot eval` measured, and every wrong answer, in one file of HTML."""
