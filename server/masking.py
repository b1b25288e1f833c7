"""How personal data is shown: masked unless someone asked for more and was recorded (domain.md §8.1)."""


def name(value: str) -> str:
    """张明 → 张*, 张小明 → 张*明, 欧阳小明 → 欧**明, John → J***."""
    if not value:
        return ""
    if value[0].isascii():
        return value[0] + "***"
    if len(value) <= 2:
        return value[0] + "*"
    return value[0] + ("*" if len(value) == 3 else "**") + value[-1]


def identity_number(value: str) -> str:
    """First 3 and last 4 of an identity card; first 2 and last 2 of any other document; nothing of a very short one."""
    head, tail = (3, 4) if len(value) == 18 else (2, 2)
    if len(value) <= head + tail:
        return "*" * len(value)
    return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


def phone(value: str) -> str:
    """13800000000 → 138****0000; of a shorter number the last two digits at most."""
    if len(value) >= 11:
        return value[:3] + "****" + value[-4:]
    return "****" + (value[-2:] if len(value) >= 7 else "")
