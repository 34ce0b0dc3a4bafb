"""One cell at a time: what is read, as what, and what is refused with which words."""

from __future__ import annotations

import string
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from graph.ingest.values import (
    Address,
    BadValue,
    Code,
    Day,
    Identifier,
    Kind,
    Link,
    Millions,
    Number,
    Quarter,
    Text,
    Whole,
    clean,
)
from ontology.terms import XSD, concept, concepts

KINDS: list[Kind] = [
    Text(), Text(confidential=True), Identifier(), Quarter(), Day(), Whole(1, 5), Number(), Number(0, 1), Millions(),
    Code("rating-5", "rating-3"), Link("programmes"), Link("concepts", shipped=Code("pitfalls", "factors")), Address(),
]  # fmt: skip
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=30)
DATES = st.dates(date(1970, 1, 1), date(2069, 12, 31))


def refusal(kind: Kind, text: str) -> str:
    with pytest.raises(BadValue) as bad:
        kind.read(text)
    return bad.value.reason


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31/05/2010", "2010-05-31"),
        ("30.06.08", "2008-06-30"),
        ("2014-07-08", "2014-07-08"),
        ("1/012/2014", "2014-12-01"),
        ("1/2/2014", "2014-02-01"),
        ("20.05.2020", "2020-05-20"),
        ("31/12/69", "2069-12-31"),
        ("01/01/70", "1970-01-01"),
        ("2023-06-12T11:04:05.000+01:00", "2023-06-12"),
        ("2013-09-30 00:00:00", "2013-09-30"),
        ("29/02/2012", "2012-02-29"),
    ],
)
def test_dates_as_people_and_publishers_write_them(text: str, day: str) -> None:
    assert Day().read(text) == Literal(day, datatype=NamedNode(str(XSD.date)))


@pytest.mark.parametrize(
    "text", ["31/02/2014", "29/02/2013", "00/01/2014", "1/112/2014", "2014-13-01", "0000-01-01", "32.01.14"]
)
def test_a_day_that_does_not_exist_is_refused_in_these_words(text: str) -> None:
    assert refusal(Day(), text) == "is a day that does not exist."


@pytest.mark.parametrize(
    "text",
    ["", "May 2014", "07. Sep", "2014", "41789", "#N/A", "1-2-2014", "31/05/10000", "5/2014", "x 2014-01-01"],
)
def test_what_is_not_a_date_is_refused_in_these_words(text: str) -> None:
    assert refusal(Day(), text) == "is not a date."


def test_a_year_of_four_digits_is_never_taken_for_one_of_two() -> None:
    assert Day().read("0014-03-31").value == "0014-03-31"


@given(DATES, st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d/%m/%y", "%d.%m.%y"]))
def test_every_day_is_read_back_from_every_way_to_write_it(day: date, form: str) -> None:
    assert Day().read(day.strftime(form)).value == day.isoformat()


@given(DATES, DATES)
def test_dates_sort_as_text_as_they_do_as_days(one: date, other: date) -> None:
    first, second = Day().read(f"{one:%d/%m/%Y}"), Day().read(f"{other:%d/%m/%Y}")
    assert (first.value < second.value) == (one < other)


@pytest.mark.parametrize(
    ("text", "millions"),
    [
        ("£26.19m", "26.19"),
        ("-£7,169.20", "-7169.2"),
        ("£-7.5", "-7.5"),
        ("−3", "-3"),
        ("(12.50)", "-12.5"),
        ("(£1,000m)", "-1000"),
        ("1234.5", "1234.5"),
        ("£1.2bn", "1200"),
        ("0", "0"),
        ("0.00", "0"),
        ("£ 55,700.00 m", "55700"),
        ("100", "100"),
    ],
)
def test_amounts_as_publishers_write_them(text: str, millions: str) -> None:
    assert Millions().read(text) == Literal(millions, datatype=NamedNode(str(XSD.decimal)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "£",
        "1,23",
        "1.234.567",
        "£5k",
        "07. Sep",
        "Exempt",
        "1e6",
        "(5",
        "5)",
        "--5",
        "-£-5",
        "$5",
        "5%",
        "NaN",
        "12 34",
    ],
)
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    assert refusal(Millions(), text) == "is not an amount in million pounds."


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from(["{:.2f}", "£{:.2f}", "{:,.2f}", "£{:,.2f}m"]))
def test_every_amount_is_read_back_exactly(amount: Decimal, form: str) -> None:
    assert Decimal(Millions().read(form.format(amount)).value) == amount


def test_whole_numbers_keep_to_their_bounds() -> None:
    kind = Whole(1, 5)
    assert [kind.read(text).value for text in ("1", "5", "3.0")] == ["1", "5", "3"]
    for text in ("0", "6", "-1", "2.5", "", "three", "1e0", "٣x", "9" * 30):
        assert refusal(kind, text) == "is not a whole number from 1 to 5."


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9200", "9200"),
        ("9,200", "9200"),
        ("0.250", "0.25"),
        ("-3", "-3"),
        ("−1.5", "-1.5"),
        ("100", "100"),
        ("0", "0"),
    ],
)
def test_numbers_with_and_without_fractions_as_people_write_them(text: str, number: str) -> None:
    assert Number().read(text) == Literal(number, datatype=NamedNode(str(XSD.decimal)))


@pytest.mark.parametrize("text", ["", "many", "1,5", "12,34", "1e3", "10%", ".5", "5.", "1 000", "NaN", "£3"])
def test_what_is_not_a_number_is_refused(text: str) -> None:
    assert refusal(Number(), text) == "is not a number."


def test_a_number_keeps_to_its_bounds() -> None:
    assert [Number(0, 1).read(text).value for text in ("0", "1", "0.333")] == ["0", "1", "0.333"]
    for text in ("-0.1", "1.01", "25"):
        assert refusal(Number(0, 1), text) == "is not a number from 0 to 1."


@given(st.decimals(-(10**12), 10**12, places=4))
def test_every_number_is_read_back_exactly(number: Decimal) -> None:
    for form in ("{:f}", "{:,f}"):
        assert Decimal(Number().read(form.format(number)).value) == number


@pytest.mark.parametrize("text", ["2014-Q1", "1998-Q4"])
def test_a_quarter_is_an_id_as_it_stands(text: str) -> None:
    assert Quarter().read(text) == Identifier().read(text) == Literal(text)


@pytest.mark.parametrize(
    "text", ["2014", "2014-Q5", "2014-Q0", "2014 Q1", "2014-q1", "Q1-2014", "2014-Q1 ", "0000-Q1"]
)
def test_what_is_not_a_quarter_is_refused(text: str) -> None:
    assert refusal(Quarter(), text) == "is not a quarter."


def test_a_link_that_may_lead_to_a_shipped_concept_is_one_or_an_id() -> None:
    kind = Link("concepts", shipped=Code("pitfalls", "factors"))
    assert kind.read("poor-data") == NamedNode(concept("pitfalls", "poor-data"))
    assert kind.read("Silos") == NamedNode(concept("pitfalls", "silos"))
    assert kind.read("my-own.1") == Literal("my-own.1")
    assert refusal(kind, "no such thing").endswith("; or the id of a row of concepts.")


@given(st.sampled_from(["rating-5", "rating-3", "levels", "pitfalls", "organisation-kinds"]), st.data())
def test_a_concept_is_read_from_its_code_and_from_its_label(scheme: str, data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(concepts(scheme))))
    label = concepts(scheme)[code]
    for text in (code, code.upper(), code.replace("-", " "), label, label.lower()):
        assert Code(scheme).read(text).value == concept(scheme, code)


@pytest.mark.parametrize("text", ["Amber/Red", "Amber/ Red", "AMBER / RED", "amber-red", "amber_red"])
def test_a_rating_is_read_however_it_is_spaced(text: str) -> None:
    assert Code("rating-5").read(text).value == concept("rating-5", "amber-red")


def test_an_unknown_code_is_refused_with_the_codes_to_choose_from() -> None:
    assert refusal(Code("stances"), "agrees") == "is not one of: supports, disputes."


@pytest.mark.parametrize("text", ["a", "A1", "same-facts-again", "x.y_z-1", "7", "a" * 120])
def test_ids_of_letters_digits_dots_hyphens_and_underscores(text: str) -> None:
    assert Identifier().read(text).value == text


@pytest.mark.parametrize("text", ["", "-a", ".a", "a b", "a/b", "é", "a#b", "a%20", "../a", "a" * 121, "a\n"])
def test_what_could_break_out_of_an_address_is_no_id(text: str) -> None:
    assert refusal(Identifier(), text) == "is not an id."


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//gov.uk", "ftp://x", "www.gov.uk",
     "https://a b", 'https://x/"onload=', "https://x/<script>", "https://[bad", "file:///etc/passwd"],
)  # fmt: skip
def test_an_address_that_is_not_of_the_web_is_refused(text: str) -> None:
    assert "web address" in refusal(Address(), text)


def test_an_address_of_the_web_is_an_iri() -> None:
    assert Address().read("https://www.gov.uk/a?b=c#d") == NamedNode("https://www.gov.uk/a?b=c#d")


@pytest.mark.parametrize(
    "text",
    [
        "ask jo.bloggs@example.gov.uk about it",
        "call 020 7946 0958 now",
        "call (020) 7946 0958 now",
        "07700900123",
        "07700 900-123",
        "+44 20 7946 0958",
        "+44 (0)20 7946 0958",
        "+1 202-555-0143",
    ],
)
def test_contact_details_are_refused_where_people_were_interviewed(text: str) -> None:
    assert refusal(Text(confidential=True), text) == "holds an e-mail address or a telephone number."
    assert Text().read(text).value == text


@pytest.mark.parametrize(
    "text",
    [
        "Costs rose from £1,200,000 to £2,400,000 in 2013-14",
        "between 2014-01-02 and 2014-03-31",
        "met on 01/02/2014 and 03/04/2014, at 10:30 and 11:30",
        "0.123456789 of the total",
        "form 00123/2014",
        "follow @joinedup",
        "ref ABC-0123456789",
    ],
)
def test_dates_sums_and_references_are_not_taken_for_telephone_numbers(text: str) -> None:
    assert Text(confidential=True).read(text).value == text


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x0b", "\ufffe", "\ud800"], ids=ascii)
def test_control_characters_are_refused_wherever_they_stand(character: str) -> None:
    for text in (character, f"a{character}", f"{character}a", f"a{character}b"):
        with pytest.raises(BadValue, match="control character"):
            clean(text)


@pytest.mark.parametrize("character", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ids=ascii)
def test_characters_that_reverse_the_direction_of_writing_are_refused(character: str) -> None:
    with pytest.raises(BadValue, match="direction of writing"):
        clean(f"safe{character}evil")


def test_words_keep_their_accents_quotes_and_lines() -> None:
    assert clean("  Cymru’s “Hâf”\nsecond line\t ") == "Cymru’s “Hâf”\nsecond line"


def test_a_text_that_would_fill_a_page_is_refused() -> None:
    assert Text().read("x" * 10_000).value == "x" * 10_000
    assert refusal(Text(), "x" * 10_001) == "has 10,001 characters."


@given(ANY_TEXT, st.sampled_from(KINDS))
def test_any_text_is_either_read_or_refused_with_a_sentence(text: str, kind: Kind) -> None:
    try:
        term = kind.read(clean(text))
    except BadValue as bad:
        assert bad.reason.endswith(".")
        assert bad.reason[0] in string.ascii_lowercase
    else:
        assert term.value or isinstance(kind, Text)


@given(st.timedeltas(timedelta(0), timedelta(1)).map(str))
def test_a_time_of_day_is_no_date(text: str) -> None:
    with pytest.raises(BadValue):
        Day().read(text)
