"""A part of HunyuanVideo."""
