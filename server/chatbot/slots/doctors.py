"""A doctor by surname and title: 张医生, 姓李的大夫, 王主任; 谢谢医生 names nobody."""

import re

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹"
    "申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓"
    "古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阎"
)
_TITLE = r"(?:医生|大夫|医师|主任医师|副主任|主任|院长|教授|专家|护士长|护士|中医|博士|所长|站长)"
_COMPOUND = "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|令狐|慕容|夏侯"
_NAMED = re.compile(
    rf"(?P<small>小|老)?(?P<name>{_COMPOUND}|[{_SURNAMES}])(?P<given>[\u4e00-\u9fff]{{0,2}}?)(?P<title>{_TITLE})"
)
_CALLED = re.compile(rf"姓(?P<name>{_COMPOUND}|[{_SURNAMES}])的?(?:那个|那位|女|男|老|个)?(?P<title>{_TITLE})?")
_TITLE_FIRST = re.compile(rf"(?P<title>{_TITLE})[是就]?(?:叫|姓)(?P<name>{_COMPOUND}|[{_SURNAMES}])")
# before 医生 these are words of the sentence, not surnames
_LONG_WORD = re.compile(r"(?:谢谢|多谢|感谢|麻烦|关于|对于|由于|属于|至于)$")
_WORD_BEFORE = re.compile(
    r"(?:谢谢|多谢|感谢|麻烦|关于|对于|由于|属于|位于|至于|对方|双方|地方|经常|平常|非常|常常|正常|健康|公安|平安|家庭|简单|名单|订单|主任|责任|担任|信任|"
    r"有时|到时|当时|平时|随时|临时|小时|不时|及时|方向|一向|安全|完全|齐全|保全|全|首都|全都|都|成都|比较|文化|中文|千万|一万|完成|变成|换成|改成|"
    r"医院和|和|查|单|明|应|来|向|时|海|花|平|国|相|商|原|强|区|门|云|位|支|计|索|满|要|边|师|管|连|路|华|成)$"
)
_BARE = re.compile(
    rf"^(?:就|找|要|选|还是|我要|是|约|的)*(?:那个|老|小)?(?P<name>{_COMPOUND}|[{_SURNAMES}])"
    r"(?P<given>[\u4e00-\u9fff]{0,2}?)[的吧啊呀.。 ]*$"
)
_OFFICE = re.compile(r"(?:村|居委会|社区|办公室|办|班)主任|(?:医|学|法|研究)院长|副院长信箱")
_GIVEN_FALSE = re.compile(
    r"[的了是有给让找和跟想要帮约挂换请问叫能不可以我你他她们这那个位在上下到去来和都也就还家庭专科签约全科值班主治责任医生护士大夫号里边看说的吗呢吧呀啊哪谁]"
)
_ALLOWED_SINGLE = frozenset("单明应来向时华成连路管全查师边")


def read(text: str, asked: str | None) -> str | None:
    """Return the doctor named in a plain text as surname (or name) and title."""
    called = _CALLED.search(text) or _TITLE_FIRST.search(text)
    if called:
        return called["name"] + (called["title"] or "医生")
    found = [name for match in _NAMED.finditer(text) if (name := _name(text, match))]
    if found:
        return (
            found[-1]
            if re.search(r"(?:换|改|转)(?:成|到|给|为|签到?)|不要|不是", text) and len(found) > 1
            else found[0]
        )
    if asked == "doctor":
        bare = _BARE.match(text)
        if bare:
            return bare["name"] + bare["given"] + ("医生" if not bare["given"] else "")
    return None


def _name(text: str, match: re.Match[str]) -> str | None:
    surname, given, title = match["name"], match["given"], match["title"]
    if given and _GIVEN_FALSE.search(given):
        return _later(text, match)
    before = text[max(0, match.start() - 2) : match.start()]
    said = before + surname
    if surname == "张" and re.search(r"[一两几这那每半]$", text[: match.start()]):
        return None
    if given and (_LONG_WORD.search(said + given) or (given[0] in _SURNAMES and _WORD_BEFORE.search(said))):
        return _later(text, match)
    if _OFFICE.search(said + given + title) or (title in ("专家", "中医") and given):
        return None
    is_word = (
        not given and (said.endswith(("谢谢", "多谢", "感谢")) or _WORD_BEFORE.search(said)) and not match["small"]
    )
    # 找明医生: a rare surname only right behind a verb or at the beginning
    may_stand = surname in _ALLOWED_SINGLE and re.search(r"^$|[找约挂换见,。 ]$", before) and not said.endswith("谢谢")
    return None if is_word and not may_stand else surname + given + title


def _later(text: str, match: re.Match[str]) -> str | None:
    """Return the doctor inside a match that began too early: 张口约李医生."""
    again = _NAMED.search(text, match.start() + 1)
    return _name(text, again) if again and again.end() == match.end() else None
