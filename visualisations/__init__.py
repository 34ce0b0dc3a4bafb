"""Pictures and pages drawn from analyses and networks."""
