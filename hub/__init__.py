"""The kernel: what is true, what must be sent, what was sent. It knows no vendor and no conductor.

A record rests in six rows, each holding the id of the one before:
raw_record -> canonical entity -> delivery -> delivery_attempt -> external_link, and later a match.
"""
