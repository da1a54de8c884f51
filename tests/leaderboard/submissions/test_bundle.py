import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memenv_leaderboard.archive import RefusedError
from memenv_leaderboard.bundle import chained, read_line, read_manifest, root_of, see_line
from memenv_leaderboard.canonical import read_json

from memenv.types import canonical_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=30)
@given(VALUES)
def test_what_is_written_in_canonical_json_is_read_back(value):
    if "inf" in repr(value):
        return
    try:
        text = canonical_json(value)
    except ValueError:
        return
    assert canonical_json(read_json(text.encode(), "here")) == text


@settings(max_examples=30)
@given(VALUES)
def test_every_other_spelling_is_refused(value):
    if "inf" in repr(value):
        return
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        content = text.encode()
    except UnicodeEncodeError:
        return
    if text != canonical_json(value):
        with pytest.raises(RefusedError):
            read_json(content, "here")


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_refused(content):
    reasons = []
    for read in (
        lambda b: read_json(b, "here"),
        read_manifest,
        lambda b: read_line(b, 1),
        lambda b: see_line(b, 1),
    ):
        try:
            read(content)
        except RefusedError as error:
            reasons.append(str(error))
    assert [reason for reason in reasons if not reason or "\n" in reason] == []


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("depth", [41, 10_000, 200_000])
def test_depth_is_refused_before_anything_is_built(opening, depth):
    with pytest.raises(RefusedError, match="nested too deeply"):
        read_json(opening.encode() * depth, "here")


def test_brackets_in_texts_are_no_depth():
    text = canonical_json(["[" * 100, '"[' * 100, "\\" * 51 + "[" * 100])
    assert read_json(text.encode(), "here")[0] == "[" * 100


def test_the_chain_covers_what_a_line_says_and_all_before_it():
    line = {"a": 1, "chain": "x"}
    assert chained("", line) == chained("", {"a": 1})
    assert len({chained("", line), chained("1", line), chained("", {"a": 2})}) == 3


def test_the_root_covers_everything_else_in_the_manifest(honest):
    manifest = honest.manifest
    assert root_of(manifest) == manifest["root"]
    for name in set(manifest) - {"root"}:
        assert root_of({**manifest, name: "changed"}) != manifest["root"]


def test_a_manifest_says_what_a_number_depends_on(honest):
    manifest = honest.manifest
    assert set(manifest) == {
        *("format", "version", "memenv", "run", "created", "identity", "traits", "prompts"),
        *("models", "environments", "costs", "declared", "episodes", "scores", "root"),
    }
    identity = manifest["identity"]
    assert identity["tokenizer"].startswith("memenv-16k@")
    assert identity["reader"]["version"]
    assert all(target["code"] for target in identity["targets"])
    assert (identity["seed"], identity["split"]) == (0, "test")
    assert manifest["declared"] == {
        "submitter": "me",
        "attempts": 1,
        "trained_on": [],
        "commitment": None,
    }


def test_text_that_was_copied_is_stored_as_where_it_stands(honest):
    texts = [
        operation["text"]
        for line in honest.lines
        for step in line["steps"]
        for operation in step["operations"]
        if operation["op"] == "insert"
    ]
    spans = [text for text in texts if isinstance(text, list)]
    assert len(spans) > 0.9 * len(texts)


def reason_of(content):
    """Why a line is refused; nothing when it is not."""
    try:
        read_line(content, 1)
    except RefusedError as error:
        return str(error)
    return ""


@settings(max_examples=30)
@given(st.data())
def test_a_line_with_any_value_changed_is_read_or_refused(data):
    value = {"env": "e", "index": 0, "repeat": 0, "seconds": 0.0, "chain": "0" * 64}
    value["failure"] = {"stage": "s", "error": "E"}
    name = data.draw(st.sampled_from(sorted(value)))
    value[name] = data.draw(VALUES)
    try:
        content = canonical_json(value).encode()
    except ValueError:
        return
    assert reason_of(content).isprintable()
