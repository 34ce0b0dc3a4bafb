"""Things named twice: who may be the same as whom, who judged it, and what readers see then."""
