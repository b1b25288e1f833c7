"""Builds the font of the agreements' PDF from the complete one: `python -m tools.make_font <NotoSansCJK-Regular.ttc>`.

What it keeps: Latin, and every sign of GB 2312 with characters that are common in names and missing there. Hinting and
layout tables go: nothing on a printed page needs them.
"""

import sys
from pathlib import Path

from fontTools import subset

from tools.paths import ROOT

FONT = ROOT / "server" / "paper" / "fonts" / "agreement.otf"
SIMPLIFIED = 2  # the collection's font for mainland China
RANGES: tuple[tuple[int, int], ...] = (
    (0x20, 0x7F),
    (0xA0, 0x100),
    (0x2010, 0x2040),
    (0x20AC, 0x20AD),
    (0x2100, 0x2140),
    (0x2160, 0x2180),
)
RANGES += ((0x2460, 0x249C), (0x3000, 0x3020), (0xFF00, 0xFFEF))  # Latin, punctuation, units, numbers, full width
NAMES = (
    "喆堃玥珺镕翀祎晟昇烜煊焱燚垚淼犇骉鑫彧彣祐祺禛祯祾禔珅珏珣珩珲琎琤琨瑄瑀瑢瑧瑨璟璠璈璐璘瓅玙玚玘玢珃珈珥珪琇琚琪琦"
    "暐暄昉昕昳晗晔晖晞晳暒曈曌曦旸旻旼昀沄沅泓泠洺浠浥涂涵淏淯湉湜溁滢漪潇潼澍澔濛濠瀚灏炘炜炤烨焓煜熠燊燏燿"
    "芃芊芮芸苒苡茗茜荃荞莙莜菀菡萱葳蓁蔚蕙薇藜蘅嘉婳婷媗媛嫕嫣妍妤姝姣姮娅娴婧婕珂珮璇皓睿瞾砚碧祉禧穆竑笪筠箐"
    "纾绂绮缦缨翊翎翙耘胤臻舸舫苏莘蒽衎裎裴谊谌谡赟跃辰迦逄邕邝郄郗郜郦鄢鄯酆釭钊钰铖铠铭锜锟锴镔镛闫闵阚陆隽霁霏"
    "霖靖靓韬韫颀颉颢飏馥馨骁骅骐骞髙魏鲲鸢鹃鹏鹭麒麟黛黻龑䶮亘亓仝仡仉伋佘佟佶佺侃俣俪倩倬倓偲傅僖兖冼凃劼勍勖卉卞"
    "厍厷叆叶吕呂吴吳咏咲哓哙唅喻嘏嚞囧圳坌垄埕埗埼堉塱墚壵夔夙奕奭妘妫姒姞娒婠孛孜宓宬寔寯屾岍岚岱峂峄峣峤峪崀崇崟嵇嵘嵩"
    "巍帏干彤彭彰徕徵忞忻怡怿恂恺悊悠悫愷慜戌戎扆抒拓揆掞敉敔斌斐斓斛旒晏晁晓晧晰晶暘朊朕杋杓杕杞杳柒柘柠栎栩栯桁桄梓棣棠棪椿楚楠榕榷槿樱橦"
    "櫆欣歆殷毓毅氘沁沚沣沨沩泂泃洨洢洣浚浡涑涢淇淙淦渌湲溦滟濂瀛灵灿炅炆炎炫烺焜焯煦熙爰犍犨猷獬玎玓玕玠玤玥玦玫玶珉珑珙珞琅琏琛琢琬琮琰琳琼瑗瑚瑛瑜瑞瑟瑶瑾璋璎璞璧"
)


def kept() -> set[int]:
    """Return the code points that stay."""
    signs = {chr(code) for first, last in RANGES for code in range(first, last)} | set(NAMES)
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            signs.add(bytes((row, cell)).decode("gb2312", "ignore"))
    return {ord(sign) for sign in signs if sign}


def build(source: Path, target: Path = FONT) -> None:
    """Write the smaller font. The source's version stays in its name table."""
    options = subset.Options(
        font_number=SIMPLIFIED, hinting=False, layout_features=[], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        glyph_names=False, recalc_timestamp=False,
    )  # fmt: skip
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GSUB", "GPOS", "DSIG"]
    font = subset.load_font(str(source), options)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=kept())
    chosen.subset(font)
    target.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(target), options)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("Say where the complete font is: python -m tools.make_font <NotoSansCJK-Regular.ttc>")
    build(Path(sys.argv[1]))
