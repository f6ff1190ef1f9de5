"""Products: what we sell, at which limits, and who bears which part of a loss.

For: product limits, risk-share schemes and their split, re-guarantee premium and its ceilings.
Not for: fees of the customer (fees), caps of compensation (compensation), single items (projects).
Words owned: product, risk-share scheme, share, premium, surplus re-guarantee.
"""
