"""Word papers and PDF: honest templates are filled, hostile ones refused, quickly and without side effects."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import docx
import pytest

from app.support import documents
from app.support.documents.errors import PdfRefused, TemplateRefused, ValuesMissing
from app.support.documents.operations import check_values

from timing import ends_soon


@pytest.fixture(autouse=True)
def texts(app):
    with app.app_context():
        yield


def a_template(*paragraphs: str, rows=(), header="", title="") -> bytes:
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    if rows:
        table = made.add_table(len(rows), len(rows[0]))
        for r, row in enumerate(rows):
            for c, text in enumerate(row):
                table.cell(r, c).text = text
    made.sections[0].header.paragraphs[0].text = header
    made.core_properties.title = title
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def changed(template: bytes, **parts: bytes) -> bytes:
    """The template with entries replaced or added; ``__`` in a name is a slash, ``_dot_`` a dot."""
    target = io.BytesIO()
    new = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    with zipfile.ZipFile(io.BytesIO(template)) as old, zipfile.ZipFile(target, "w") as archive:
        for entry in old.infolist():
            if entry.filename not in new:
                archive.writestr(entry, old.read(entry))
        for name, content in new.items():
            archive.writestr(name, content)
    return target.getvalue()


def text_of(data: bytes) -> str:
    made = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    header = [p.text for p in made.sections[0].header.paragraphs]
    return "\n".join([*(p.text for p in made.paragraphs), *cells, *header])


# ------------------------------------------------------------------ honest


def test_a_letter_is_filled_in_body_table_header_and_condition():
    template = a_template(
        "致{{ bank.name }}：",
        "{%p if conditions %}",
        "附条件：{{ conditions | join('、') }}",
        "{%p endif %}",
        "期限至{{ until }}，共{{ members | length }}人",
        rows=[["{%tr for m in members %}", ""], ["{{ loop.index }}", "{{ m.name }}"], ["{%tr endfor %}", ""]],
        header="编号 {{ letter_no }}",
    )
    values = {
        "bank": {"name": "星河银行 <总行> & 分行"},
        "conditions": ["追加抵押", "法人保证"],
        "until": date(2027, 11, 24),
        "members": [{"name": "王丽"}, {"name": "赵强"}],
        "letter_no": "ZB202611000007",
        "unused": Decimal("1.5"),
    }
    text = text_of(documents.render_docx(template, values))
    for expected in ("星河银行 <总行> & 分行", "追加抵押、法人保证", "期限至2027-11-24，共2人", "赵强", "编号 ZB202611000007"):
        assert expected in text
    assert documents.template_variables(template) == {"bank", "conditions", "until", "members", "letter_no"}


def test_markup_in_a_value_stays_text():
    data = documents.render_docx(a_template("{{ x }}"), {"x": '</w:t><w:evil/>{{ 7 }}<script>alert("1")</script>'})
    assert '</w:t><w:evil/>{{ 7 }}<script>alert("1")</script>' in text_of(data)


def test_line_breaks_and_control_characters_do_no_harm():
    assert "一\n二" in text_of(documents.render_docx(a_template("{{ x }}"), {"x": "一\n二\x00\x0b\x07"}))


def test_what_is_missing_is_named():
    with pytest.raises(ValuesMissing, match="borrower"):
        documents.render_docx(a_template("{{ borrower }}"), {})
    with pytest.raises(ValuesMissing, match="nickname"):
        documents.render_docx(a_template("{{ borrower.nickname }}"), {"borrower": {"name": "x"}})
    with pytest.raises(ValuesMissing, match="borrower"):
        check_values(a_template("{{ borrower }}{{ bank }}"), {"bank"})
    assert documents.render_docx(a_template("{{ x | default('无') }}{% if y is defined %}{{ y }}{% endif %}"), {})


@pytest.mark.parametrize("value", [object(), b"bytes", 1.5, {"a": {1, 2}}, lambda: 1])
def test_only_plain_values_enter(value):
    with pytest.raises(TypeError):
        documents.render_docx(a_template("x"), {"x": value})


# ------------------------------------------------------------------ hostile words

HOSTILE = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ x.__class__ }}",
    "{{ x['__class__'] }}",
    "{{ x | attr('__class__') }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id') }}",
    "{{ lipsum() }}",
    "{{ range(1000000000) | list }}",
    "{{ dict(a=1) }}",
    "{{ x.items() }}",
    "{{ x.name.upper() }}",
    "{{ x.name.format(1) }}",
    "{{ 9**(9**9) }}",
    "{{ 'a' * 1000000000 }}",
    "{{ '%0999999999d' % 1 }}",
    "{{ 1 // 0 }}",
    "{{ ['a'] + ['b'] }}",
    "{{ 'a' + 'b' }}",
    "{% set a = 'x' %}{{ a }}",
    "{% macro m() %}x{% endmacro %}",
    "{% include 'other' %}",
    "{% import 'os' as os %}",
    "{% extends 'other' %}",
    "{% filter upper %}x{% endfilter %}",
    "{% for a in [1,2,3] %}x{% endfor %}",
    "{% for a in 'aaaa' %}x{% endfor %}",
    "{% for a in m recursive %}x{% endfor %}",
    "{% for a in m %}{% for b in m %}{% for c in m %}{% for d in m %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    "{{ loop.__class__ }}",
    "{{ _secret }}",
    "{{ m }}",
    "{{ x }}",
    "{{ " + "(" * 80 + "1" + ")" * 80 + " }}" + "{{ " + "not " * 100 + "1 }}",
    "{{ m | map(attribute='a') | list }}",
    "{{ m | tojson }}",
    "{{ x | pprint }}",
    "{% raw %}{{ x }}",
    "{{ x",
    "{% if x %}",
    "}} {{",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_refused_at_once(words):
    template = a_template(words)

    def refused():
        with pytest.raises((TemplateRefused, ValuesMissing)):
            documents.render_docx(template, {"x": {"name": "n"}, "m": [1, 2, 3]})

    assert ends_soon(refused, within=2)


@pytest.mark.parametrize("place", ["header", "title"])
def test_hostile_words_hide_nowhere(place):
    template = a_template("x", **{place: "{{ ''.__class__ }}"})
    with pytest.raises((TemplateRefused, ValuesMissing)):
        documents.render_docx(template, {})
    with pytest.raises(TemplateRefused):
        documents.template_variables(template)


@pytest.mark.parametrize(("count", "reason"), [(3_000, "成对"), (200_000, "超过 5000 个")])
def test_thousands_of_open_tags_are_refused_at_once(count, reason):
    template = a_template("{% " * count)

    def refused():
        with pytest.raises(TemplateRefused, match=reason):
            documents.render_docx(template, {})

    assert ends_soon(refused, within=3)


# ------------------------------------------------------------------ hostile packages

RELS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
OUTSIDE = b'<Relationship Id="rIdX" Type="http://x/%s" Target="%s" TargetMode="External"/>'


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"word__vbaProject_dot_bin": b"x"}, "宏"),
        ({"word__embeddings__oleObject1_dot_bin": b"x"}, "嵌入"),
        ({"word__afchunk1_dot_html": b"x"}, "嵌入"),
        ({"word___rels__settings_dot_xml_dot_rels": RELS % (OUTSIDE % (b"attachedTemplate", b"http://evil/a.dotm"))}, "外部"),
        ({"word___rels__x_dot_xml_dot_rels": RELS % (OUTSIDE % (b"image", b"file:///etc/passwd"))}, "外部"),
        ({"word___rels__x_dot_xml_dot_rels": RELS % (OUTSIDE % (b"hyperlink", b"file:///etc/passwd"))}, "外部"),
        ({"word__x_dot_xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'}, "实体"),
        ({"word__x_dot_xml": b"<w:instrText>INCLUDETEXT /etc/passwd</w:instrText>"}, "域"),
        ({"word__x_dot_xml": b'<w:fldSimple w:instr="DDEAUTO cmd"/>'}, "域"),
        ({"word__x_dot_xml": b" " * 3_200_000}, "过长|炸弹"),
        ({"__________etc__x": b"x"}, "目录"),
        ({"word__document_dot_xml": b"<not-closed"}, "有效的 Word"),
    ],
)
def test_hostile_packages_are_refused(parts, reason):
    with pytest.raises(TemplateRefused, match=reason):
        documents.render_docx(changed(a_template("x"), **parts), {})


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04rubbish"])
def test_what_is_no_docx_is_refused(data):
    with pytest.raises(TemplateRefused):
        documents.render_docx(data, {})


# ------------------------------------------------------------------ PDF


def test_a_chinese_page_becomes_a_pdf_in_the_right_font():
    data = documents.render_pdf("<html lang='zh-CN'><h1>审批表</h1><p>担保金额 300.00 万元</p></html>")
    assert data.startswith(b"%PDF-")
    assert len(data) > 3000


def test_a_picture_the_page_carries_is_shown():
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    assert documents.render_pdf(f"<img src='data:image/png;base64,{pixel}'>").startswith(b"%PDF-")


@pytest.mark.parametrize(
    "html",
    [
        "<img src='file:///etc/passwd'>",
        "<img src='http://127.0.0.1:6379/'>",
        "<link rel=stylesheet href='http://127.0.0.1/x.css'>",
        "<style>@import url(file:///etc/passwd);</style>",
        "<style>@font-face{font-family:x;src:url(http://127.0.0.1/x.ttf)} p{font-family:x}</style><p>x</p>",
        "<object data='file:///etc/hostname'></object>",
        "<a rel=attachment href='file:///etc/passwd'>x</a>",
        "<style>body{background:url(/etc/passwd)}</style>",
    ],
)
def test_a_page_that_asks_for_anything_outside_is_refused_or_gets_nothing(html):
    try:
        data = documents.render_pdf(html)
    except PdfRefused:
        return
    assert b"root:" not in data and b"EmbeddedFile" not in data


# ------------------------------------------------------------------ figures and days


def test_figures_and_days_are_shown_as_contracts_write_them():
    template = a_template("{{ a | yuan }}|{{ a | wan }}|{{ a | words }}|{{ r | percent }}|{{ d | day }}|{{ n | yuan }}")
    values = {"a": 300_000_000, "r": Decimal("0.015"), "d": date(2027, 1, 5), "n": None}
    assert "3,000,000.00|300.00|叁佰万元整|1.50%|2027年1月5日|" in text_of(documents.render_docx(template, values))


@pytest.mark.parametrize("tag", ["{{ x | yuan }}", "{{ x | words }}", "{{ x | percent }}", "{{ x | day }}"])
@pytest.mark.parametrize("value", ["三百万", [1], {"a": 1}, "__import__('os')"])
def test_what_is_no_figure_is_refused_by_its_filter(tag, value):
    with pytest.raises(TemplateRefused, match="过滤器"):
        documents.render_docx(a_template(tag), {"x": value})


def test_a_missing_figure_is_named_by_its_filter_too():
    with pytest.raises(ValuesMissing, match="amount"):
        documents.render_docx(a_template("{{ amount | yuan }}"), {})


# ------------------------------------------------------------------ Word on any screen


def test_a_word_document_becomes_a_pdf_with_its_headings_and_tables():
    from app.support.documents.pdf import _as_html

    made = docx.Document()
    made.add_paragraph("保证合同", style="Title")
    made.add_paragraph("第一条", style="Heading 1")
    made.add_paragraph("<script>alert(1)</script>")
    made.add_table(1, 2).cell(0, 1).text = "3,000,000.00"
    target = io.BytesIO()
    made.save(target)
    html = _as_html(target.getvalue())
    for piece in ("<h1>保证合同</h1>", "<h2>第一条</h2>", "&lt;script&gt;", "<td><p>3,000,000.00</p></td>"):
        assert piece in html
    pdf = documents.show_docx([("甲 <b>", target.getvalue()), ("乙", target.getvalue())])
    assert pdf.startswith(b"%PDF")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"%PDF-1.7"])
def test_what_is_no_word_document_is_not_shown(content):
    with pytest.raises(TemplateRefused):
        documents.show_docx([("甲", content)])
