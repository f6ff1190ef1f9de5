"""Customers: who is guaranteed, and who stands close to them.

For: enterprises and persons, their class 划型, key persons, shareholders, groups, statements, the black list.
Not for: what they owe us (ledger), what outside sources say of them (sources), how good they are (diligence).
Words owned: customer, customer class, enterprise scale, related group, key person, black list.
"""
