"""placeholder"""


def verify_method(*a):
    return ()


def verify_file(*a):
    raise NotImplementedError
