"""Tables of what people say: text | flow | asked | slots."""

from pathlib import Path


def rows(name: str) -> list[list[str]]:
    """Return the lines of a table as text, flow, asked and slots."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [[part.strip() for part in line.split("|")] for line in lines if line and not line.startswith("#")]


def expected(said: str) -> dict[str, object]:
    """Return the slots of a line in the value forms of the schema."""
    found: dict[str, object] = {}
    for name, value in (each.split("=") for each in said.split()):
        if name.startswith("bp"):
            found[name] = dict(zip(("sys", "dia", "pulse"), map(int, value.split("/")), strict=False))
        elif name.startswith("glucose"):
            number, timing = value.split("@")
            unit = "mg/dL" if number.endswith("mg") else "mmol/L"
            found[name] = {"value": float(number.removesuffix("mg")), "unit": unit, "timing": timing}
        elif name == "shift":
            found[name] = int(value)
        else:
            found[name] = value.split("~") if "~" in value else value
    return found
