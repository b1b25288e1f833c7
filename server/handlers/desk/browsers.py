"""What a browser calls itself, in words a doctor recognises his own computer by."""

SYSTEMS = (
    ("Windows", "Windows 电脑"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "苹果电脑"),
    ("HarmonyOS", "鸿蒙设备"),
    ("Android", "安卓设备"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux 电脑"),
)
# the later ones call themselves by the names of those below them, too
PROGRAMS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("QQBrowser", "QQ 浏览器"),
    ("360", "360 浏览器"),
    ("OPR", "Opera"),
    ("Firefox", "火狐"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("Trident", "IE"),
)


def named(user_agent: str) -> str:
    """Return for example "Windows 电脑，Chrome"; at most 32 characters."""
    system = next((label for mark, label in SYSTEMS if mark in user_agent), "未知设备")
    program = next((label for mark, label in PROGRAMS if mark in user_agent), "其他浏览器")
    return f"{system}，{program}"
