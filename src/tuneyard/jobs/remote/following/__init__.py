"""The phases in which there is a pod: until its face answers, while it trains, until all is home."""
