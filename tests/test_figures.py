"""What tests tell of a promise becomes one figure of the page about faults."""

from pathlib import Path

from tests.support.figures import figures_of, recorded


def report(path: Path, *cases: tuple[str, str, str]) -> Path:
    """As pytest writes one: the name of each case, what it told of threats:1, and how it ended."""
    told = (
        f"""<testcase classname="a" name="{name}">
        <properties><property name="threats:1" value='{value}'/></properties>{end}</testcase>"""
        for name, value, end in cases
    )
    path.write_text(f"<testsuites><testsuite>{''.join(told)}</testsuite></testsuites>")
    return path


def test_cases_in_the_same_words_are_one_figure(tmp_path: Path) -> None:
    words = "{:,} claims, {} let in, {:.1f} s at most"
    cases = [(f"t[{one}]", recorded(words, (600, 0, 0.5 * one)), "") for one in (3, 1, 2)]
    one, other = report(tmp_path / "1", *cases[:2]), report(tmp_path / "2", cases[2])

    assert figures_of([one, other]) == {"threats:1": "1,800 claims, 0 let in, 1.5 s at most"}


def test_other_words_stand_beside_them_in_the_order_of_the_tests(tmp_path: Path) -> None:
    cases = [("b", recorded("{} kills", [2]), ""), ("a", recorded("{} calls", [1]), "")]

    assert figures_of([report(tmp_path / "1", *cases)]) == {"threats:1": "1 calls; 2 kills"}


def test_who_fails_tells_nothing(tmp_path: Path) -> None:
    value = recorded("{} kills", [2])
    for end in ("<failure/>", "<error/>"):
        assert figures_of([report(tmp_path / "1", ("a", value, end))]) == {}
