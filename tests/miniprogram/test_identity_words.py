"""What the phone says about a name or a number before sending it is what the server would say afterwards."""

import json
import subprocess
from datetime import date
from typing import Any

import pytest

from server import clock
from server.errors import AppError
from server.policy import identity
from server.policy.identity import DocumentType, countries
from tests.miniprogram.source import ROOT

NUMBERS = {
    "01": [
        "510799195003150016", "51079919700101006x", " 510799 19500315-0016 ", "５１０７９９１９５００３１５００１６",
        "510799195003150010", "510799190503150016", "410199198902290140", "41019919901301014X", "410199209912310142",
        "51079919500315001", "5107991950031500A6", "身份证", "710000195003150016", "810000188001150034",
        "95199919850307001X", "510799187412310010", "05079919500315001X",
    ],
    "03C": ["E12345678", "ea 1234567", "E1234567", "E12", "E1234567国", "E123456789"],
    "03F": ["AB1234567", "A1234", "A123", "A123456789012345", "AB_12345"],
    "06": ["H01234567", "h0123456701", "M7654321", "H012345678", "HA1234567"],
    "06N": ["HA1234567", "MAB123456", "H01234567", "HA123456"],
    "07": ["00123456", "0012345601B", "1234567", "001234567"],
    "08": ["810000188001150034", "830000188001150046", "810000188001150035", "510799195003150016", "81000018800115"],
    "09": ["95199919850307001X", "951999198503070011", "510799195003150016", "971999198503070010", "9519991985"],
}  # fmt: skip
NAMES = [
    "张明", " 林秀英 ", "阿卜杜拉·买买提", "阿卜杜拉•买买提", "𠮷野", "石〇", "John O'Neil-Smith", "José",
    "张", "𠮷", "张3", "张３", "3", "😀😀", "a" * 51, "张" * 51, "张" * 50, "··", "张·", "张 明", "<b>林</b>",
]  # fmt: skip
SCRIPT = """
const { numberProblem, nameProblem } = require(process.argv[1] + '/utils/identity.js')
const { DOCUMENTS } = require(process.argv[1] + '/utils/documents.js')
const { COUNTRIES } = require(process.argv[1] + '/utils/countries.js')
const asked = JSON.parse(require('fs').readFileSync(0))
const numbers = asked.numbers.map(([code, text]) => numberProblem(text, code))
console.log(JSON.stringify({ numbers, names: asked.names.map(nameProblem), documents: DOCUMENTS, countries: COUNTRIES }))
"""
ASKED = [(code, text) for code, texts in NUMBERS.items() for text in texts]


@pytest.fixture(scope="module")
def phone() -> Any:
    """What the mini-program's own code answers."""
    asked = json.dumps({"numbers": ASKED, "names": NAMES})
    run = subprocess.run(
        ["node", "-e", SCRIPT, str(ROOT)], input=asked, capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(run.stdout)


def said(check: Any, *arguments: Any) -> str:
    try:
        check(*arguments)
    except AppError as refused:
        return refused.message
    return ""


def test_numbers_are_judged_in_the_same_words(phone: Any) -> None:
    today = clock.today()
    server = [said(identity.check, DocumentType(code), text, today) for code, text in ASKED]

    assert dict(zip(ASKED, phone["numbers"], strict=True)) == dict(zip(ASKED, server, strict=True))
    assert 10 < server.count("") < len(server) - 20


def test_names_are_judged_in_the_same_words(phone: Any) -> None:
    assert phone["names"] == [said(identity.check_name, name) for name in NAMES]


def test_the_list_offers_what_the_server_takes_and_the_identity_card_first(phone: Any) -> None:
    offered = {item["code"]: item["label"] for item in phone["documents"]}

    assert offered == {str(kind): identity.LABELS[kind] for kind in identity.SELF_REGISTRABLE}
    assert next(iter(offered)) == "01"


def test_each_document_asks_for_exactly_what_the_server_needs(phone: Any) -> None:
    for item in phone["documents"]:
        found = identity.check(DocumentType(item["code"]), NUMBERS[item["code"]][0], date(2026, 3, 2))
        try:
            identity.complete(found, date(2026, 3, 2))
        except identity.IdentityIncomplete as refused:
            # 999 stands for no country: only then a permanent residence card does not say the nationality
            assert refused.details["fields"] == (item["needs"] or ["nationality"]), item["code"]
            assert item["needs"] or item["code"] == "09"
        else:
            assert item["needs"] == [], item["code"]


def test_foreigners_find_every_country(phone: Any) -> None:
    foreign = {code: country.name for code, country in countries.every().items() if code not in countries.NOT_FOREIGN}

    assert {item["code"]: item["name"] for item in phone["countries"]} == foreign
