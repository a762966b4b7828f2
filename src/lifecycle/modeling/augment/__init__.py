"""Changes to the prepared train rows at fitting time, named in conf/augment/.

Each is a function `(inputs, labels, *, seed, **arguments) -> (inputs, labels)`; the rows that are
given keep their order, and made ones follow them.
"""
