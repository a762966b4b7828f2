"""The encoding of a file: what its bytes say, and what is guessed and shown to be judged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.onboarding.detect.encoding import detect_encoding, guess_encoding

GERMAN = "Name;Ort\nJürgen Müller;Düsseldorf\nBärbel Groß;Köln\n"
FRENCH = "nom,ville\nLefèvre,Besançon\nGarçon,Orléans\nNoël,Nîmes\n"
SPANISH = "nombre,ciudad\nMuñoz,A Coruña\nGarcía,Málaga\n"
PORTUGUESE = "situação,descrição,observação\nEDUCAÇÃO,INFORMAÇÕES,ligações\nConceição,Produção,avaliação\n"
POLISH = "imię,miasto\nMałgorzata Wałęsa,Częstochowa\nŁukasz,Świętochłowice\nPiątek Kościuszko,Dąbrowa\n"
RUSSIAN = "имя,город\nИванов Пётр,Москва\nСмирнова Анна,Казань\nКузнецов Олег,Екатеринбург\n"
UKRAINIAN = "прізвище,місто\nШевченко Тарас,Київ\nЇжакевич,Запоріжжя\n"
GREEK = "όνομα,πόλη\nΓιώργος Παπαδόπουλος,Αθήνα\nΜαρία Νικολάου,Θεσσαλονίκη\n"
HEBREW = "שם,עיר\nדוד כהן,ירושלים\nשרה לוי,תל אביב\nיוסף מזרחי,חיפה\n"
ARABIC = "الاسم,المدينة\nمحمد علي,القاهرة\nفاطمة,بيروت\nيوسف حسن,دمشق\n"
THAI = "ชื่อ,เมือง\nสมชาย,กรุงเทพ\nสมหญิง,เชียงใหม่\n"
JAPANESE = "名前,都市\n山田太郎,東京\n佐藤花子,大阪\nたかはし,よこはま\nカタカナ,サッポロ\n"
CHINESE = "姓名,城市\n王小明,北京\n李晓红,上海\n张伟,广州\n刘洋,深圳\n"
TAIWANESE = "姓名,城市\n王小明,臺北\n陳美玲,高雄\n林志偉,臺中\n"
KOREAN = "이름,도시\n김철수,서울\n이영희,부산\n박지민,대구\n"
NUMBERS = "".join(f"{number},{number / 2}\n" for number in range(300))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (GERMAN, "latin-1"),
        (FRENCH, "cp1252"),
        (SPANISH, "cp1252"),
        (PORTUGUESE, "cp1252"),
        ("price,note\n5€,“new”\n3£,l’été – fini…\n", "cp1252"),
        ("city,x\nKöln,1\n", "cp1252"),
        ("t,x\n5°C,1\n", "latin-1"),
        (f"{NUMBERS}café,1\n", "cp1252"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859-2"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp866"),
        (RUSSIAN, "iso8859-5"),
        (UKRAINIAN, "cp1251"),
        (GREEK, "cp1253"),
        (HEBREW, "cp1255"),
        (ARABIC, "cp1256"),
        (THAI, "cp874"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (CHINESE, "gb18030"),
        (TAIWANESE, "big5"),
        (KOREAN, "euc_kr"),
        (NUMBERS + RUSSIAN + NUMBERS, "cp1251"),
        (NUMBERS + CHINESE * 40, "gb18030"),
    ],
)
def test_a_guess_reads_the_text_that_was_written(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    name, (note,) = detect_encoding(data)
    assert data.decode(name) == text
    assert note.what == f"encoding {name}, a guess"
    assert note.why.startswith("it is not UTF-8 and ")
    assert note.why.endswith(", else add --read encoding=NAME")


@pytest.mark.parametrize(
    ("text", "encoding", "why"),
    [
        (GERMAN, "cp1252", "nothing says what else it is; look whether 'Jürgen' is right"),
        (
            FRENCH,
            "cp1252",
            "nothing says what else it is; look whether 'Lefèvre,Besançon' is right "
            "(in cp1250 it is 'Lefčvre,Besançon')",
        ),
        (POLISH, "cp1250", "cp1252 puts other signs than letters into words; look whether 'imię,miasto' is right"),
        ("x\nŹrebię\n", "cp1250", "cp1252 has no such bytes; look whether 'Źrebię' is right"),
        (
            RUSSIAN,
            "cp1251",
            "three and more bytes above 127 in a row are no Latin script; charset-normalizer reads cp1251; "
            "look whether 'имя,город' is right",
        ),
    ],
)
def test_a_guess_says_why_and_shows_a_word(text: str, encoding: str, why: str) -> None:
    _, (note,) = detect_encoding(text.encode(encoding))
    assert note.why == f"it is not UTF-8 and {why}, else add --read encoding=NAME"


def test_a_word_shows_what_central_europe_would_read() -> None:
    _, (note,) = detect_encoding("jméno,x\nGyőző,1\n".encode("cp1250"))
    assert "look whether 'Gyõzõ,1' is right (in cp1250 it is 'Győző,1')" in note.why


@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, JAPANESE, CHINESE, "id,name\n1,一一\n"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_seen_by_its_zeros(text: str, encoding: str) -> None:
    name, (note,) = detect_encoding(text.encode(encoding))
    assert (name, note.what) == (encoding, f"encoding {encoding}")


def test_one_zero_in_a_text_is_no_utf_16() -> None:
    assert detect_encoding(f"a,b\n1,\0x\n{NUMBERS}".encode())[0] == "utf-8"


def test_utf_8_that_ends_within_a_sign_stays_utf_8() -> None:
    data = RUSSIAN.strip().encode()[:-1]
    name, (note,) = detect_encoding(data)
    assert (name, note.why) == ("utf-8", "all is UTF-8 but the last sign, which is not whole")
    assert detect_encoding("a,b\n1,café".encode("cp1252"))[0] == "cp1252"


@given(st.binary(max_size=300))
def test_the_same_bytes_give_the_same_guess_and_can_be_read_with_it(data: bytes) -> None:
    found = guess_encoding(data)
    assert found == guess_encoding(data)
    data.decode(found[0])
    detect_encoding(data)
