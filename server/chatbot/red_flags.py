"""The words triage listens to: what is unmistakable, what only hints, and what makes a story, a paper or a joke of it.

Rules for what must never depend on training. They only ever help the model: none of them finds what people really say.
"""

import re

SELF_HARM = re.compile(
    r"不想活|不想再活|活不下去|活够了|自杀(?!倾向|干预|未遂|过|率|式|的[那表])|自尽|轻生|一死了之|一了百了|寻短见|想死(?![我你他她了个人])|让我死|死了算了|"
    r"割腕|跳楼(?!价)|跳河|上吊(?!机)|结束(自己的?|我的?)?生命|不如死|遗书|想解脱|了结(自己|这一生|生命)|没什么(可)?留恋|永别|来世再见|吃了一(整)?瓶(安眠药|药)"
)
UNMISTAKABLE = re.compile(
    r"救命(?!药|恩|之|钱|稻草)|[快赶帮].{0,4}[叫打喊派].{0,3}(救护车|120)|[叫打]一下120|^(?:快?[叫打喊]?个?)(?:救护车|120)[啊吧呀]?$|"
    r"派车来|急救.{0,3}地址|没气了|(人|快)(快|要)?不行了(?!吗)|要死了.{0,2}快来|人.{0,2}倒地|"
    r"(血氧|氧饱和度?|spo2).{0,8}(?<!\d)([5-8]\d(?!\d)|[五六七八]十)|"
    r"chest (pain|tight|pressure)|can.?t breathe|not breathing|unconscious|kill myself|want to die|suicid|"
    r"胸(口|部|前)?.{0,5}[痛疼闷].{0,10}(喘不|喘气|憋|冷汗|大汗|冒汗|出汗|发紫|厉害|压)|"
    r"心口.{0,5}[痛疼].{0,10}(厉害|冷汗|大汗|喘|背|胳膊)|"
    r"喘不[上过]|呼吸困难|[上透]不[来过]气|"
    r"[叫喊]不[醒应]|[叫喊摇推拍掐]{1,2}(?:他|她|了|半天|几下|都|也|就|怎么)*(?:都|也|还|就)不(?:醒|应|动|吭声)|没(有)?(了)?(意识|呼吸|心跳|脉搏)|昏迷|昏倒|不省人事|晕(倒|过去)|"
    r"嘴(角)?.?歪|口齿不清|说话说不清|半边(身子|身体|脸).{0,4}(不能动|没力|没劲|麻|木|没知觉|动不了)|"
    r"大出血|吐血|咳血|便血不止|血.{0,4}(止不住|不停|一直[流喷])|"
    r"抽搐|全身抽|口吐白沫|[喝吞](了|下).{0,4}(农药|除草剂|百草枯|敌敌畏|老鼠药)|煤气中毒|触电|被电.{0,4}没反应|溺水|"
    r"羊水破|破水了|脐带.{0,3}出来|卡(住|在)(了)?喉咙|噎(住|着)了?.{0,6}(说不出|发紫|喘)"
)
# Hints that a doctor should read, though each may be harmless: an end that is spoken of, a fall after which somebody lies.
HINT_OF_SELF_HARM = re.compile(
    r"(要是|如果|哪天|万一)我.{0,4}(不在了|走了|没了|死了)|(多少|几[片颗粒瓶]).{0,8}(会死|才死|能死|死人|致死|致命)|怎[么样]死|"
    r"死法|下辈子|来世|(应该|早|就)已?经?不在了|安静地走|不(想|再|会)?.{0,2}拖累|(以后|往后|今后).{0,3}(用不[上着]|不必)|没人需要我|需要活着|"
    r"自杀|轻生|(娘儿?俩|父子俩|一家|全家|一起)(都)?(走|死)|be around next|(身后|后)事.{0,4}(交代|安排)"
)
HINT_OF_A_FRACTURE = re.compile(r"摔.{0,8}(动不了|不能动|不敢动|起不来|站不起)")
# The words of somebody who tells a story, asks for a paper or worries about later: not now, not here.
FICTION = re.compile(
    r"预防|前兆|电影|电视|动[画漫]|短剧|绘本|(?:车?胎|轮子|[气皮篮足排]球|罐|打火机|可乐|啤酒|汽水)[^人娃孩爸妈]{0,12}没气|游戏|小说|新闻|手机|报销|[狗猫](?!咬)|台上|唱戏|副本|剧里|剧情|段子|歌词|那个?剧|[女男]主|梦[到见]|"
    r"[急气累热冷烫笑愁压饿困烦忙吵](?:得|到)(?:我|人|要|快|想|都)|笑死|(?<!不是)开玩笑|逗你|哈哈|嘻嘻|甩卖|球赛|绝杀|电脑|死机|麻将|股票|基金|[绿跌输难逼赔丑踢追](?:得|到)?(?:我|人)?(?:想|要)|心肺复苏|海姆立克|[防救]溺水|打呼噜"
)
# Over by itself, or never more than a scratch; only to be learnt, for later or for others.
OVER = re.compile(
    r"(?:身|下|会儿?|阵|秒|分钟)就(?:没了(?![呼心意气脉反声])|没事|过去了|缓了)|至今(?:没|未)|"
    r"(?:后来|之后|以后|再)(?:也|都|就)?没(?:再)?[^ ]{0,2}(?:犯|疼|痛|发|晕|闷)|"
    r"自己(?:下去|咳出来|就?好|停)|已经(?:好|退|下去|取出来|咳出来|缓过来|止住|没事)|现在(?:都|人)?(?:好好的|没事|好多了|不[疼痛闷晕抽喘吐])|"
    r"(?:血|烧)(?:已经|都|就)?(?:止住|退)了|(?:哭|闹)[^ ]{0,4}(?:就|又)[^ ]{0,2}[玩耍]|没咽|不[疼痛]了|"
    r"查(?:过|清|了)[^ ]{0,6}(?:没[事啥问]|正常)"
)
LEARNING = re.compile(
    r"先学|学(?:一下|一哈|学|着)|想(?:晓得|知道|了解)[^ ]{0,10}(?:怎|咋|如何|啥|什么)|"
    r"万一|怕以后|假设|假如|比方说|急救(?:知识|课|培训)|好奇|"
    r"怎么(?:判断|区分|看出来)|如果[^ ]{0,12}(?:咋|怎|如何|该)"
)
_PERSON = (
    r"我(?!家|们家)|[他她]|人|爸|妈|爹|娘|爷|奶奶|公公|婆|舅|姑|叔|伯|姨|哥|弟|姐|妹|娃|孩|宝|儿子|女儿|"
    r"老[人头公婆伴师太爷奶汉爸妈爹娘乡]|媳妇|邻居|同事|同学"
)
NOBODY = re.compile(
    r"^(?:(?:我们?|俺|隔壁|邻居|屋头|家里?)?家?[里头]?养?的?[这那]?[头只条个]?)(?:"
    r"(?:金毛|鹦鹉|乌龟|兔子|鸭子|骡子|毛驴|仓鼠|鸽子|[牛羊猪鸡鸭鹅鱼猫]|狗)(?![骨刺胆奶蛋肉血汤水癫咬抓踢顶撞])|"
    r"(?:手机|电脑|冰箱|空调|洗衣机|电视|路由器|电瓶车|打印机|硬盘|快递|股票)(?![^ ]*[撞压炸爆烧])"
    rf")(?!.*(?:{_PERSON}))|^[宰杀][猪羊鸡牛鱼]"
    r"|^(?:昨晚|今天|刚才|看)?的?(?:电视剧?|电影|新闻|小说|游戏|动画片|剧)[里上中说讲播](?!.*(?:我|[爸妈爹娘爷奶娃孩]|老[人头公婆伴]))"
)
GONE = re.compile(r"(?:跳楼|跳河|上吊|自杀|轻生|割腕).{0,4}(?:没了|走了|死的|去世|过世|身亡|未遂)")
PAST = re.compile(
    r"去年|前年|以前|从前|曾经|上次|前几天|年前|那年|[一二两三四五六七八九十几]年了|"
    r"病历|资料|出院|复查|复诊|后遗症|史[能可]|多亏|能签|签约|随访"
)
NOW = re.compile(r"现在|突然|忽然|刚才|刚刚|今天|正在|马上|这会儿?|又犯|又发")
AGAIN = re.compile(
    r"突然|忽然|刚才|刚刚|正[抽在]|又[^ ]{0,3}[来犯发疼痛晕]|快[点来]|这会儿?|已经[^ ]{0,4}(?:出声|反应)"
)
FELT = re.compile(
    r"[头胸肚心].{0,3}[疼痛炸闷慌]|难受|恶心|呕|吐|模糊|看东西|眼花|喘|憋|麻|冷汗|出汗|手抖|迷糊|昏|晕|叫不应|没劲|站不"
)
NOTHING_FELT = re.compile(
    r"[没冇]啥(?:事|子)?(?:$| )|啥(?:事|感觉)(?:都|也)?(?:没|冇)|没啥感觉|人(?:好着|挺好|好好的)|"
    r"(没有?|没得|莫得|冇|无|不)(什么|任何|啥|啥子)?(感觉|不舒服|症状|难受|头?[疼痛晕昏闷慌麻吐喘憋饿]|胸[闷痛疼]|头晕|心[慌闷]|恶心|想吐|[出冒]汗|手抖|口渴|眼花)|"
    r"不是真[疼痛]|人没事|好了"
)
_WHOSE = (
    r"(?:[我俺咱额阮他她](?:们?家)?的?(?:[爸妈爹娘奶爷婆公]|爸爸|妈妈|奶奶|爷爷|外[婆公]|婆婆|公公|老[伴公婆头]子?|老汉儿?|爱人|媳妇|堂客|娃儿?|孩子)?)?"
    r"(?: |今天|昨天|早上|晚上|这[两几]天|最近|现在|一直|老是?|总是?|又|还|就|都|真的?|有点儿?|有些|好|很|太|非常|就是)*"
)
_FELT_MUCH = (
    r"(?: |得很|[嘞的]很|得慌|得?厉害|得凶|得恼火|惨了|得不行|好?[几两一三]天了?|"
    r"一?阵一?阵的?|了|啊|呀|哦|哟|嘛|的|晕|胀|怎么办|咋办|咋个办|怎么回事|咋回事)*"
)
_COMPLAINT = re.compile(
    rf"{_WHOSE}(?:(?:头|脑壳|脑袋|头壳)(?: |有点儿?|有些|好|很|太|非常|真)*(?:晕|昏|疼|痛|胀|沉|闷)|"
    r"(?:肚子|肚皮|胃|腰|腰杆|腿|脚|膝盖|肩膀|脖子|牙齿?|喉咙|嗓子|耳朵|眼睛|关节|浑身|全身)"
    r"(?:里头?|上)?(?: |有点儿?|有些|好|很|太|非常|真|又)*"
    rf"(?:不舒服|难受|疼|痛|酸|胀|痒|涩|干)|恶心|反胃|想吐|不舒服|不得劲){_FELT_MUCH}"
)
"""A complaint and nothing else, none that is a red flag by itself: how strong it is makes it no emergency."""
PREGNANT = re.compile(r"怀孕|孕妇|孕[0-9晚中早]|怀着|周了")
_CHILD = r"(?:宝宝?|娃娃?|毛毛|婴儿|孩子|崽崽?|女儿|儿子|baby)"
_WEEKS_OLD = (
    r"(?:[1-8]?\d|[一二两三四五六七八]?十?[一二两三四五六七八九十])天|(?:[12]|一|两|俩)个?(?:多|半)?月(?:零[^ ]{1,4}天)?|"
    r"(?:[1-9]|[一二两三四五六七八九])周"
)
YOUNG_WITH_FEVER = re.compile(
    rf"(?:{_CHILD}[ ,]?(?:才|刚|还?不到|还?没到|出生|生下来)*(?:{_WEEKS_OLD}|满月)(?![前后]|以[前后])|"
    rf"(?:{_WEEKS_OLD}|满月)(?:大|多|零[^ ]{{1,4}}天)?的?{_CHILD}|新生儿|月子里?的?{_CHILD})"
    r".{0,12}(?<!\d)(?:3[89](?:[.点]\d)?(?!\d)|三十[八九]度|4[01]度|高烧|高热|发[烧热])"
)
"""Not three months old and 38 degrees: always to be seen at once, however well the child seems."""


def is_unmistakable(text: str) -> bool:
    """Tell whether a normalised text holds words that mean an emergency wherever they are said of now and here."""
    return bool(UNMISTAKABLE.search(text))


def is_bare_complaint(text: str) -> bool:
    """Tell whether a normalised text is one harmless complaint and nothing else: 头晕得很, 我妈肚子好痛."""
    return bool(_COMPLAINT.fullmatch(text))


def is_past(text: str) -> bool:
    """Tell whether it happened earlier and is over: "去年…" without "现在…", unless it is better now."""
    return bool(PAST.search(text)) and (not NOW.search(text) or "好了" in text)


def is_only_told(text: str) -> bool:
    """Tell whether it is over by itself or only to be learnt for later, and nothing is said of now: "又", "突然"."""
    return bool(OVER.search(text) or LEARNING.search(text)) and not AGAIN.search(text)
