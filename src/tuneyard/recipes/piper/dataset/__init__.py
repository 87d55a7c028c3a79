"""A folder of recordings and what they say: found, read, unpacked, listened to."""
