"""The reasons of ours for which a spider is closed."""

FAILED = "failed"
"""Its Agent's commands or settings ended it as a failure."""
LIMITED = "limited"
"""It reached its limit of records or pages."""
EXITED = "exited"
"""An exit command ended it."""
