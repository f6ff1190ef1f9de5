"""The system's randomness, asked for in blocks: one call of the system instead of one for every key."""

from os import register_at_fork, urandom

_BYTES, _BLOCK = 16, 256
_numbers: list[int] = []  # taking one off its end is one step of the interpreter: no two threads get the same


def random_bits(bits: int) -> int:
    """A number below ``2**bits`` that nobody can guess.

    :param bits: at most 128.
    """
    while True:
        try:
            return _numbers.pop() >> (8 * _BYTES - bits)
        except IndexError:
            block = urandom(_BYTES * _BLOCK)
            _numbers.extend(int.from_bytes(block[n : n + _BYTES], "big") for n in range(0, len(block), _BYTES))


register_at_fork(after_in_child=_numbers.clear)  # else parent and child would go on with the same numbers
