"""A doctor by surname and title: 张医生, 姓李的大夫, 王主任; 谢谢医生 names nobody."""

import re

_COMMON = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范金廖贾夏韦付邹孟熊秦邱江"
    "尹薛闫段雷侯龙陶黎贺顾郝龚邵钱严覃武戴莫孔汤温康施牛樊葛邢齐易伍庞颜倪庄聂章鲁岳翟殷詹欧耿关兰焦俞左柳甘祝冉任方石白史毛万向文安乔申"
)
_RARE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹"
    "申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓"
    "古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阎"
)
_TITLE = r"(?:医生|大夫|医师|主任医师|副主任|主任|院长|教授|护士长|护士|博士|所长|站长)"
_COMPOUND = "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|令狐|慕容|夏侯"
_NAME = rf"(?P<name>{_COMPOUND}|[{_COMMON}{_RARE}])"
_TITLED = re.compile(rf"(?P<title>{_TITLE})")
_CALLED = re.compile(rf"(?<![我俺])姓{_NAME}的?(?:那个|那位|女|男|老|个)?(?P<title>{_TITLE})?")
_TITLE_FIRST = re.compile(rf"(?P<title>{_TITLE})[是就]?(?:叫|姓){_NAME}")
_BARE = re.compile(
    rf"^(?:就|找|要|选|还是|我要|是|约|的)*(?:那个|老|小)?{_NAME}(?P<given>[\u4e00-\u9fff]{{0,2}}?)[的吧啊呀.。 ]*$"
)
# before 医生 these are words of the sentence, not surnames
_WORD = re.compile(
    r"(?:谢谢|多谢|感谢|关于|对于|由于|属于|位于|至于|对方|双方|地方|经常|平常|非常|常常|正常|健康|公安|平安|家庭|简单|名单|订单|主任|责任|担任|信任|"
    r"有时|到时|当时|平时|随时|临时|小时|不时|及时|方向|一向|安全|完全|齐全|保全|全|都|成都|比较|文化|中文|千万|一万|完成|变成|换成|改成|公卫|"
    r"值班|夜班|原班|换班|班|现任|前任|原任|继任|[免收]费|中医|西医|牙医|校医|军医|村医|名医)$"
)
# surnames that are words as well
_AMBIGUOUS = frozenset("方石白史毛万向文安乔申高金关易常江温康武牛左")
_OFFICE = re.compile(r"(?:村|居委会|社区|办公室|办|班)主任$|(?:医|学|法|研究)院长$")
_THANKS = re.compile(r"(?:谢谢|多谢|感谢|麻烦|辛苦|请问|劳烦|喂)")
_EDGE = re.compile(r"(?:^|[找约挂换见叫让跟和问给请是的要选到签了在从由比按,。;!?、 你您哩嘞])$")
_NO_NAME = frozenset(
    "的了是有给让找和跟想要帮约挂换请问叫能不可以我你他她们这那个位在上下到去来都也就还家庭专科签全值班主治责任医生护士大夫号里边看说吗呢吧呀啊哪谁"
    "女男后候村普通讲苦初二三免私公好轻些多少老同"
)
_CHANGED = re.compile(r"(?:换|改|转)(?:成|到|给|为|签到?)|不要|不是|调走|退休|走了|离职|辞职")


def read(text: str, asked: str | None) -> str | None:
    """Return the doctor named in a plain text as surname (or name) and title."""
    called = _CALLED.search(text) or _TITLE_FIRST.search(text)
    if called and (called["title"] or asked == "doctor" or _TITLED.search(text)):
        return called["name"] + (called["title"] or "医生")
    found = [name + match["title"] for match in _TITLED.finditer(text) if (name := _before(text[: match.end()], match))]
    if found:
        return found[-1] if len(found) > 1 and _CHANGED.search(text) else found[0]
    bare = _BARE.match(text) if asked == "doctor" else None
    return bare["name"] + bare["given"] + ("医生" if not bare["given"] else "") if bare else None


def _before(text: str, title: re.Match[str]) -> str:
    """Return the name that ends where a title begins: a surname, or a whole name behind a verb; "" for none."""
    if _OFFICE.search(text):
        return ""
    before = _THANKS.sub(",", text[: title.start()][-8:])
    if _WORD.search(before):
        return ""
    for size in (3, 2):
        name = before[-size:]
        is_compound = name[:2] in _COMPOUND.split("|")
        starts = is_compound or (name[:1] in _COMMON and _EDGE.search(before[:-size] if len(before) >= size else "x"))
        if len(name) == size and starts and not _NO_NAME & set(name[2 if is_compound else 1 :]):
            return name
    last = before[-1:]
    is_measure = last == "张" and before[-2:-1] in "一两几这那每半" and len(before) > 1
    if not last or is_measure:
        return ""
    if last in _COMMON and (last not in _AMBIGUOUS or _EDGE.search(before[:-1]) or before[-2:-1] in "小老"):
        return last
    return (
        last
        if last in _RARE and (_EDGE.search(before[:-1]) or before[-2:-1] in ("小", "老")) and last not in "和都包"
        else ""
    )
