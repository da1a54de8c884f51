"""Bundles that are not what they say: each is refused, with the reason."""

import gzip
import io
import json
import sys
import tarfile
import zipfile
from hashlib import sha256

import pytest
from memenv_leaderboard import archive, spans
from memenv_leaderboard.bundle import chained
from memenv_leaderboard.store import SqliteStore
from memenv_leaderboard.verifying import Settings, verify

from memenv.harness.config import Target
from memenv.sources import open_source
from memenv.types import canonical_json

HERE = Settings(workers=0)
TAMPERINGS = []


def tampering(reason, verdict="refused"):
    """A way to forge a bundle, and why it is refused."""

    def noted(function):
        TAMPERINGS.append(pytest.param(function, reason, verdict, id=function.__name__))
        return function

    return noted


@pytest.fixture(autouse=True)
def smaller_bombs(monkeypatch):
    monkeypatch.setattr(archive, "MAX_UNPACKED", 16 * 1024 * 1024)
    monkeypatch.setattr(spans, "MAX_CHARACTERS", 1_000_000)


@pytest.mark.parametrize(("forge", "reason", "verdict"), TAMPERINGS)
def test_a_forged_bundle_is_refused_with_the_reason(forge, reason, verdict, forger, tmp_path):
    path = tmp_path / "forged.tar.gz"
    content = forge(forger)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        forger.write(path)
    report = verify(path, HERE)
    assert report.verdict == verdict
    assert report.level is None
    assert any(reason in each for each in report.reasons), report.reasons


def test_there_are_enough_kinds_of_tampering():
    assert len(TAMPERINGS) >= 100


def test_the_same_bundle_without_tampering_is_verified(forger, tmp_path):
    report = verify(forger.sealed().write(tmp_path / "honest.tar.gz"), HERE)
    assert (report.verdict, report.level, report.reasons) == ("verified", "replayed", [])


# --- changed, and the hashes left as they were ----------------------------------------------------


@tampering("scores.json was changed")
def a_better_score(forger):
    forger.scores["score"] = 0.999


@tampering("does not continue the chain")
def another_operation(forger):
    forger.lines[0]["steps"][0]["operations"][0]["text"] = "The answer is Oslo"


@tampering("does not continue the chain")
def another_answer(forger):
    forger.lines[1]["answers"][0]["text"] = "Oslo"


@tampering("does not continue the chain")
def another_digest(forger):
    forger.lines[1]["digest"] = "0" * 64


@tampering("does not continue the chain")
def another_chain(forger):
    forger.lines[1]["chain"] = "0" * 64


@tampering("does not continue the chain")
def another_order_of_episodes(forger):
    forger.lines.reverse()


@tampering("does not continue the chain")
def a_dropped_episode(forger):
    del forger.lines[0]


@tampering("more than 3 episodes")
def a_doubled_episode(forger):
    forger.lines.append(forger.lines[-1])


@tampering("has 2 episodes")
def a_dropped_last_episode(forger):
    del forger.lines[-1]


@tampering("manifest.json was changed")
def another_seed(forger):
    forger.manifest["identity"]["seed"] = 7


@tampering("manifest.json was changed")
def another_submitter(forger):
    forger.manifest["declared"]["submitter"] = "somebody else"


@tampering("manifest.json was changed")
def another_root(forger):
    forger.manifest["root"] = "0" * 64


@tampering("not named by the hash of its identity")
def another_agent_under_the_same_run(forger):
    forger.manifest["identity"]["agent"]["version"] = "2"
    forger.rooted()


# --- changed, and every hash made right again -----------------------------------------------------


def careful(reason, verdict="refused"):
    """A tampering after which the forger seals the bundle again."""

    def noted(function):
        def forge(forger):
            function(forger)
            forger.sealed()

        forge.__name__ = f"sealed_{function.__name__}"
        tampering(reason, verdict)(forge)
        return function

    return noted


@careful("scores.json: score is")
def better_summary(forger):
    forger.scores["score"] = 0.999


@careful("scores.json: by_competency is")
def better_competency(forger):
    forger.scores["by_competency"]["CR"]["score"] = 1.0


@careful("scores.json: memory_tokens is")
def smaller_memory_in_the_summary(forger):
    forger.scores["memory_tokens"] = 1.0


@careful("scores.json: digest is")
def digest_of_the_summary(forger):
    forger.scores["digest"] = "0" * 64


@careful("has not the keys")
def summary_with_more(forger):
    forger.scores["rank"] = 1


@careful("expected an object")
def summary_that_is_a_list(forger):
    forger.scores = []


@careful("the score is")
def score_of_an_episode(forger):
    forger.lines[0]["score"] = 1.0 if forger.lines[0]["score"] != 1.0 else 0.5


@careful("the score of question")
def score_of_a_question(forger):
    answer = forger.lines[0]["answers"][0]
    answer["score"] = 1.0 - answer["score"]


@careful("the answer to question")
def text_of_an_answer(forger):
    forger.lines[0]["answers"][0]["text"] = "Xanadu"


@careful("in their order")
def order_of_answers(forger):
    forger.lines[0]["answers"].reverse()


@careful("in their order")
def dropped_answer(forger):
    del forger.lines[0]["answers"][0]


@careful("in their order")
def two_answers_of_one_id(forger):
    answers = forger.lines[0]["answers"]
    answers[1] = {**answers[1], "question": answers[0]["question"]}


@careful("found again here")
def answers_that_are_recorded(forger):
    for answer in forger.lines[0]["answers"]:
        answer |= {"retrieved": [], "cited": []}


@careful("the memory in tokens is")
def text_of_an_operation(forger):
    forger.lines[0]["steps"][0]["operations"][0]["text"] = "The answer is Oslo"


@careful("the memory at its end is")
def order_of_operations(forger):
    _, first, second, *_ = forger.lines[1]["steps"][0]["operations"]
    first["text"], second["text"] = second["text"], first["text"]


@careful("the outcome of operation 0 is")
def store_of_an_operation(forger):
    forger.lines[0]["steps"][0]["operations"][0]["store"] = "attic"


@careful("the number of outcomes is")
def dropped_operation(forger):
    del forger.lines[0]["steps"][0]["operations"][-1]


@careful("the outcome of operation")
def deleted_entry(forger):
    forger.lines[0]["steps"][1]["operations"][0] = {"op": "delete", "id": "0.0"}


@careful("not an operation")
def operation_of_no_kind(forger):
    forger.lines[0]["steps"][0]["operations"][0] = {"op": "exec", "text": "import os"}


@careful("not an operation")
def operation_with_more(forger):
    forger.lines[0]["steps"][0]["operations"][0]["run"] = "import os"


@careful("the text of an operation is none")
def operation_whose_text_is_an_object(forger):
    forger.lines[0]["steps"][0]["operations"][0]["text"] = {"json": "a string"}


@careful("the outcome of operation 0 is")
def outcome_that_went_well(forger):
    outcome = forger.lines[0]["steps"][0]["outcomes"][0]
    outcome[0], outcome[1] = "duplicate", "said so"


@careful("the number of outcomes is")
def one_outcome_more(forger):
    outcomes = forger.lines[0]["steps"][0]["outcomes"]
    outcomes.append(outcomes[-1])


@careful("the memory in tokens is")
def tokens_of_a_step(forger):
    forger.lines[0]["steps"][0]["memory_tokens"] += 1


@careful("the memory at its end is")
def tokens_at_the_end(forger):
    forger.lines[0]["memory_tokens"] -= 1


@careful("the memory at its end is")
def digest_of_the_memory(forger):
    forger.lines[0]["memory_digest"] = "0" * 64


@careful("the digest of the record is")
def digest_of_a_record(forger):
    forger.lines[0]["digest"] = "0" * 64


@careful("there is no text of a model")
def repaired_without_a_text(forger):
    forger.lines[0]["steps"][0]["repaired"] = [0]


@careful("does not give the operations")
def text_of_a_model_nobody_wrote(forger):
    forger.lines[0]["steps"][0]["raw"] = '{"name": "SKIP"}'


@careful("a text is a string")
def text_of_a_model_that_is_a_number(forger):
    forger.lines[0]["steps"][0]["raw"] = 7


@careful("its seed gives another instance")
def seed(forger):
    forger.manifest["identity"]["seed"] = 7


@careful("its seed gives another instance")
def split(forger):
    forger.manifest["identity"]["split"] = "train"


@careful("its seed gives another instance")
def size(forger):
    forger.manifest["identity"]["targets"][0]["size"] = 2


@careful("size 10000 for an episode")
def size_that_takes_all_memory(forger):
    forger.manifest["identity"]["targets"][0]["size"] = 10_000


@careful("its seed gives another instance")
def digest_of_an_instance(forger):
    forger.lines[0]["instance"]["digest"] = "0" * 64


@careful("its seed gives another instance")
def id_of_an_instance(forger):
    forger.lines[0]["instance"]["id"] = "overrides-v0/test/3/9"


@careful("its seed gives another instance")
def shorter_stream(forger):
    forger.lines[0]["instance"]["tokens"] = 10


@careful("its seed gives another instance")
def one_episode_under_another_number(forger):
    first, second = forger.lines[1:]
    for name in ("instance", "steps", "answers", "digest", "memory_digest", "memory_tokens"):
        second[name] = first[name]


@careful("steps for 3 chunks")
def dropped_step(forger):
    del forger.lines[1]["steps"][1]


@careful("steps for 3 chunks")
def doubled_step(forger):
    forger.lines[1]["steps"].append(forger.lines[1]["steps"][-1])


@careful("which comes later")
def order_of_steps(forger):
    forger.lines[1]["steps"].reverse()


@careful("is missing")
def dropped_first_episode(forger):
    del forger.lines[1]


@careful("is there twice")
def doubled_episode(forger):
    forger.lines.insert(1, dict(forger.lines[1]))


@careful("is out of order")
def order_of_episodes(forger):
    forger.lines.append(forger.lines.pop(0))


@careful("is out of order")
def doubled_first_episode(forger):
    forger.lines.append(dict(forger.lines[0]))


@careful("the run has no 'elsewhere'")
def episode_of_another_environment(forger):
    forger.lines[-1] = {**forger.lines[-1], "env": "zzz"} | {"env": "elsewhere"}
    forger.lines.sort(key=lambda line: (line["env"], line["index"]))


@careful("its capacity is not the one of the run")
def capacity_of_the_run(forger):
    forger.manifest["identity"]["capacity"] = None
    forger.scores["capacity"] = None


@careful("the outcome of operation")
def capacity_everywhere(forger):
    # More room than there was: what was rejected would have been kept.
    forger.manifest["identity"]["capacity"] = forger.scores["capacity"] = None
    for line in forger.lines:
        line["setting"]["capacity"] = None


@careful("its agent is not the one of the run")
def agent_of_an_episode(forger):
    forger.lines[0]["setting"]["agent"]["name"] = "mine"


@careful("the digest of the record is")
def agent_of_everything(forger):
    forger.manifest["identity"]["agent"]["name"] = "mine:Agent"
    for line in forger.lines:
        line["setting"]["agent"]["name"] = "mine:Agent"


@careful("its reader is not the one of the run")
def reader_of_an_episode(forger):
    forger.lines[0]["setting"]["reader"]["arguments"] = {"k": 1000}


@careful("its view is not the one of the run")
def view_of_the_run(forger):
    forger.manifest["identity"]["view"] = "full"


@careful("its setting has not the keys")
def setting_with_more(forger):
    forger.lines[0]["setting"]["luck"] = True


@careful("its setting 'scorers' is")
def scorer_of_another_version(forger):
    scorers = forger.lines[0]["setting"]["scorers"]
    scorers[next(iter(scorers))] = "99"


@careful("is version")
def reader_of_another_version(forger):
    forger.manifest["identity"]["reader"]["version"] = "99"


@careful("its agent is not the one of the run")
def agent_of_another_version_in_an_episode(forger):
    forger.lines[0]["setting"]["agent"]["version"] = "99"


@careful("its agent is not the one of the run")
def agent_of_another_version(forger):
    forger.manifest["identity"]["agent"]["version"] = "99"


@careful("prompts of reader")
def prompts_of_an_installed_reader(forger):
    forger.manifest["prompts"]["reader"] = {"system": "0" * 64}


@careful("prompts of the judge")
def prompts_of_a_judge_that_nobody_asked(forger):
    forger.manifest["prompts"]["judge"] = {"system": "0" * 64}


@careful("in the future")
def run_of_tomorrow(forger):
    forger.manifest["created"] = "2999-01-01T00:00:00+00:00"


@careful("field created: month")
def run_of_no_day(forger):
    forger.manifest["created"] = "2026-99-99T00:00:00+00:00"


@careful("is no time of UTC")
def run_of_another_zone(forger):
    forger.manifest["created"] = "2026-01-01T00:00:00+05:00"


@careful("its reader is not the one of the run")
def reader_of_another_version_in_an_episode(forger):
    forger.lines[0]["setting"]["reader"]["version"] = "99"


@careful("what was retrieved")
def reader_that_nobody_has(forger):
    forger.manifest["identity"]["reader"]["name"] = "evil:Reader"
    for line in forger.lines:
        line["setting"]["reader"]["name"] = "evil:Reader"


def read_with(forger, **arguments):
    """Another reader, whose answers are said to have been recorded."""
    forger.manifest["identity"]["reader"]["arguments"] = arguments
    for line in forger.lines:
        line["setting"]["reader"]["arguments"] = arguments
        for answer in line["answers"]:
            answer |= {"retrieved": [], "cited": []}


@careful("cannot be made")
def reader_that_cannot_be_asked_again(forger):
    read_with(forger, k="all of them")


@careful("may name something to load")
def reader_with_code(forger):
    read_with(forger, without="evil:Thing")


@careful("is not installed here")
def task_that_nobody_has(forger):
    forger.manifest["identity"]["targets"][0]["env"] = "evil:task"


@careful("is not installed here")
def task_that_is_a_file(forger):
    forger.manifest["identity"]["targets"][0]["env"] = "MemEnv-File-v0"


@careful("pass --data FILE")
def data_that_is_not_there(forger):
    identity = forger.manifest["identity"]
    label = forger.manifest["environments"][0]["env"]
    data = {"name": label, "sha256": "0" * 64, "code": None}
    identity["targets"][0] = {"env": "MemEnv-File-v0", "size": None, "data": data}


@careful("data is for MemEnv-File-v0 alone")
def data_for_a_task(forger):
    data = {"name": "/etc/passwd", "sha256": "0" * 64, "code": None}
    forger.manifest["identity"]["targets"][0]["data"] = data


@careful("two targets have one name")
def two_targets_of_one_name(forger):
    targets = forger.manifest["identity"]["targets"]
    targets.append(targets[0])


@careful("tokenizer")
def tokenizer(forger):
    forger.manifest["identity"]["tokenizer"] = "o200k@12345678"


@careful("unknown layout")
def layout(forger):
    forger.manifest["identity"]["layout"] = "endless"


@careful("capacity must be a number of tokens")
def negative_capacity(forger):
    forger.manifest["identity"]["capacity"] = -1


@careful("its seeds are private")
def private_seeds(forger):
    forger.manifest["identity"]["secret"] = "0123456789ab"


@careful("does not declare stateful")
def traits_of_an_installed_agent(forger):
    forger.manifest["traits"]["stateful"] = True


@careful("prompts of agent")
def prompts_of_an_installed_agent(forger):
    forger.manifest["prompts"]["agent"] = {"system": "0" * 64}


@careful("the costs are not the sum")
def costs(forger):
    spent = {"calls": 1, "prompt_tokens": 1, "completion_tokens": 1, "usd": 0.0}
    forger.manifest["costs"] = {"agent": spent}


@careful("the models are not those")
def models(forger):
    forger.manifest["models"] = {"agent": ["gpt-9"]}


@careful("scores.json: calls is")
def cheaper_episode(forger):
    forger.lines[0]["usage"]["calls"] = 1


@careful("a verdict on 'nothing'")
def verdict_on_no_question(forger):
    forger.lines[0]["judged"] = {"nothing": 1.0}


@careful("scores.json: seconds is")
def faster_episode(forger):
    forger.lines[0]["seconds"] = 0.0


@tampering("of them failed")
def an_episode_that_failed_after_all(forger):
    forger.sealed()
    *_, before, line = forger.lines
    failure = {"stage": "agent, step 0", "error": "ModelError"}
    kept = {name: line[name] for name in ("env", "index", "repeat", "seconds")}
    forger.lines[-1] = {**kept, "failure": failure}
    forger.lines[-1]["chain"] = chained(before["chain"], forger.lines[-1])
    forger.manifest["episodes"]["chain"] = forger.lines[-1]["chain"]
    forger.rooted()


# --- text of chunks that were not read yet --------------------------------------------------------


@careful("which comes later")
def span_of_a_later_chunk(forger):
    forger.lines[1]["steps"][0]["operations"][0]["text"] = [[2, 0, 40]]


@careful("a span outside of chunk 0")
def span_outside_of_its_chunk(forger):
    forger.lines[1]["steps"][0]["operations"][0]["text"] = [[0, 0, 10_000_000]]


@careful("a span outside of chunk -1")
def span_of_a_chunk_before_the_first(forger):
    forger.lines[1]["steps"][0]["operations"][0]["text"] = [[-1, 0, 10]]


@careful("three integers")
def span_of_truth_values(forger):
    forger.lines[1]["steps"][0]["operations"][0]["text"] = [[False, False, True]]


@careful("more than 1,000,000 characters")
def spans_that_are_a_bomb(forger):
    end = forger.lines[1]["steps"][0]["operations"][-1]["text"][0][2]
    forger.lines[1]["steps"][0]["operations"][0]["text"] = [[0, 0, end]] * 2_000


# --- values that no honest bundle has -------------------------------------------------------------


@careful("less than or equal to 1")
def score_above_one(forger):
    forger.lines[0]["score"] = 1.5


@careful("greater than or equal to 0")
def negative_score(forger):
    forger.lines[0]["answers"][0]["score"] = -1.0


@careful("greater than or equal to 0")
def negative_tokens(forger):
    forger.lines[0]["memory_tokens"] = -5


@careful("less than or equal to")
def huge_tokens(forger):
    forger.lines[0]["memory_tokens"] = 10**40


@careful("less than or equal to")
def huge_seconds(forger):
    forger.lines[0]["seconds"] = 1e300


@careful("valid integer")
def tokens_that_are_a_truth_value(forger):
    forger.lines[0]["memory_tokens"] = True


@careful("valid integer")
def tokens_that_are_a_text(forger):
    forger.lines[0]["memory_tokens"] = "12"


@careful("at most 300 characters")
def name_that_has_no_end(forger):
    forger.manifest["declared"]["submitter"] = "x" * 100_000


@careful("cannot be shown")
def name_that_rewrites_the_terminal(forger):
    forger.manifest["declared"]["submitter"] = "\x1b[2J\u202emoc"


@careful("lone surrogate")
def name_with_half_a_character(forger):
    # It is not printable either; an answer may hold what cannot be printed.
    forger.lines[0]["answers"][0]["text"] = "\ud800"


@careful("Extra inputs are not permitted")
def manifest_with_more(forger):
    forger.manifest["verified"] = True


@careful("Extra inputs are not permitted")
def episode_with_more(forger):
    forger.lines[0]["verified"] = True


@careful("Field required")
def manifest_with_less(forger):
    del forger.manifest["declared"]


@careful("is not known, this memenv reads 1")
def unknown_version(forger):
    forger.manifest["version"] = 2


@careful("is not known, this memenv reads 1")
def version_that_is_a_text(forger):
    forger.manifest["version"] = "1"


@careful("not a bundle of memenv")
def unknown_format(forger):
    forger.manifest["format"] = "tau-submission"


@careful("Input should be a valid string")
def name_that_is_an_object(forger):
    forger.lines[0]["env"] = {"$ne": 1}


# --- files that are no canonical JSON -------------------------------------------------------------


def written(reason, name="manifest.json"):
    """A tampering with the bytes of a file."""

    def noted(function):
        def forge(forger):
            forger.raw[name] = function(forger.members()[name])

        forge.__name__ = function.__name__
        return tampering(reason)(forge)

    return noted


def scores_as(change):
    """Scores whose hash is right, however they are spelt."""

    def forge(forger):
        content = change(canonical_json(forger.scores).encode())
        forger.sealed()
        forger.raw["scores.json"] = content
        forger.manifest["scores"] = sha256(content).hexdigest()
        forger.rooted()

    return forge


def spelling(reason, name, change):
    TAMPERINGS.append(pytest.param(scores_as(change), reason, "refused", id=name))


spelling("NaN is no number", "nan", lambda b: b.replace(b'"failed":0', b'"failed":NaN'))
spelling("Infinity is no number", "inf", lambda b: b.replace(b'"failed":0', b'"failed":-Infinity'))
spelling("too large for a number", "1e999", lambda b: b.replace(b'"failed":0', b'"failed":1e999'))
spelling("scores.json:", "digits", lambda b: b.replace(b'"failed":0', b'"failed":' + b"9" * 5000))
spelling("is there twice", "twice", lambda b: b.replace(b"{", b'{"score":1.0,', 1))
spelling("not canonical JSON", "spaces", lambda b: b.replace(b":", b": ", 1))
spelling("not canonical JSON", "zeros", lambda b: b.replace(b'"failed":0', b'"failed":0.0e0'))
spelling("not JSON", "comment", lambda b: b + b"// none")
spelling("not JSON", "empty", lambda b: b"")
spelling("is not ASCII", "bom", lambda b: b"\xef\xbb\xbf" + b)
spelling("is not ASCII", "utf-16", lambda b: b.decode().encode("utf-16"))
spelling("UTF-16", "utf-16-le", lambda b: b.decode().encode("utf-16-le"))
spelling("is not ASCII", "latin-1", lambda b: b.replace(b"lines", b"l\xefnes"))
spelling("is not ASCII", "not utf-8", lambda b: b.replace(b"lines", b"\xc3\x28"))
spelling("nested too deeply", "deep", lambda b: b"[" * 10_000 + b"]" * 10_000)
spelling("nested too deeply", "deep objects", lambda b: b'{"a":' * 10_000 + b"1" + b"}" * 10_000)
spelling("more than 1,000,000 bytes", "long", lambda b: b'"' + b"x" * 2_000_000 + b'"')


@written("nested too deeply", "episodes.jsonl")
def an_episode_that_is_nested(content):
    return b'{"env":' * 10_000 + b"}" * 10_000 + b"\n" + content


@written("is not ASCII")
def a_manifest_in_another_encoding(content):
    return content.decode().encode("utf-16")


@written("the line has no end", "episodes.jsonl")
def an_episode_that_was_cut_off(content):
    return content[:-1]


@written("not JSON", "episodes.jsonl")
def an_empty_line(content):
    return b"\n" + content


@written("more than 8,000,000 bytes", "episodes.jsonl")
def a_line_without_an_end(content):
    return b"x" * 9_000_000


@written("expected an object", "episodes.jsonl")
def an_episode_that_is_a_list(content):
    return b"[]\n"


@written("has 0 episodes", "episodes.jsonl")
def no_episodes(content):
    return b""


# --- the archive ----------------------------------------------------------------------------------


def member(reason, name, kind=tarfile.REGTYPE, content=b"", **more):
    def forge(forger):
        info = tarfile.TarInfo(name)
        info.type = kind
        for key, value in more.items():
            setattr(info, key, value)
        forger.more.append((info, content))

    TAMPERINGS.append(pytest.param(forge, reason, "refused", id=f"member {reason}"))


member("outside of its folder", "../../evil", content=b"x")
member("an absolute path", "/etc/cron.d/evil", content=b"x")
member("outside of its folder", "a/../../evil", content=b"x")
member("a symbolic link", "signature.json", tarfile.SYMTYPE, linkname="/etc/passwd")
member("a hard link", "signature.json", tarfile.LNKTYPE, linkname="manifest.json")
member("a device", "signature.json", tarfile.CHRTYPE, devmajor=1, devminor=3)
member("a device", "signature.json", tarfile.BLKTYPE, devmajor=8)
member("a named pipe", "signature.json", tarfile.FIFOTYPE)
member("a folder", "signature.json", tarfile.DIRTYPE)
member("twice", "manifest.json", content=b"{}")
member("and nothing else", "agent.py", content=b"import os")
member("and nothing else", "manifest.json.pkl", content=b"\x80\x04.")
member("and nothing else", "Manifest.json", content=b"{}")
member("and nothing else", "./manifest.json", content=b"{}")
member("field", "signature.json", content=b'{"algorithm":"none"}')


@tampering("is missing")
def a_member_that_is_missing(forger):
    with tarfile.open(mode="w:gz", fileobj=(buffer := io.BytesIO())) as tar:
        content = canonical_json(forger.manifest).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@tampering("nothing else")
def many_members(forger):
    forger.more = [(tarfile.TarInfo(f"file-{number}"), b"") for number in range(5_000)]


@tampering("an extended header")
def a_sparse_member(forger):
    info = tarfile.TarInfo("signature.json")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    info.pax_headers |= {"GNU.sparse.name": "signature.json", "GNU.sparse.realsize": "99999999999"}
    forger.more.append((info, b"0\n".ljust(512, b"\0")))


@tampering("unpacks to more than")
def a_bomb(forger):
    info = tarfile.TarInfo("signature.json")
    info.size = 5 * 1024**3
    head = forger.tar().rstrip(b"\0")
    whole = head.ljust(-(-len(head) // 512) * 512, b"\0") + info.tobuf()
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1) as file:
        file.write(whole)
        for _ in range(17):
            file.write(bytes(2**20))
    return buffer.getvalue()


@tampering("an extended header")
def a_header_that_is_a_bomb(forger):
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 5 * 1024**3
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1) as file:
        file.write(info.tobuf())
        for _ in range(17):
            file.write(bytes(2**20))
    return buffer.getvalue()


@tampering("cut off")
def a_file_that_was_cut_off(forger):
    return gzip.compress(forger.tar())[:-2000]


@tampering("followed by other data")
def a_file_with_more_behind_it(forger):
    return gzip.compress(forger.tar()) + b"#!/bin/sh"


@tampering("followed by other data")
def a_second_archive_behind_the_first(forger):
    whole = gzip.compress(forger.tar())
    return whole + whole


@tampering("followed by other data")
def an_archive_with_more_behind_it(forger):
    return gzip.compress(forger.tar() + b"evil")


@tampering("not a bundle")
def a_file_that_is_empty(forger):
    return b""


@tampering("not a bundle")
def a_file_that_is_something_else(forger):
    return b"\x7fELF" + bytes(1000)


@tampering("not a bundle")
def a_file_that_is_a_zip(forger):
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as file:
        for name, content in forger.members().items():
            file.writestr(name, content)
    return buffer.getvalue()


@tampering("not a bundle")
def a_file_that_is_gzip_and_no_tar(forger):
    return gzip.compress(json.dumps(forger.manifest).encode())


@tampering("not a bundle")
def a_tar_that_is_not_gzip(forger):
    return forger.tar()


# --- operations that know what comes later --------------------------------------------------------


@pytest.mark.parametrize("words", [40, 9])
def test_operations_that_say_what_a_later_chunk_says_are_flagged(words, tools, tmp_path):
    last = open_source(task="overrides", size=3).pick(0).chunks[-1].text.split()
    text = " ".join(last[14 : 14 + words])
    (tmp_path / "knowing.py").write_text(
        "from memenv.operations import Insert\n"
        "class Agent:\n"
        "    def act(self, observation):\n"
        f"        return [Insert('semantic', {text!r})]\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        with SqliteStore(tmp_path / "memenv.db") as store:
            run = tools.run_of(
                store, "knowing:Agent", (Target("overrides", size=3, episodes=1),)
            ).id
        path = tools.packed_as(tmp_path / "bundle.tar.gz", tmp_path / "memenv.db", run)
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("knowing", None)
    report = verify(path, HERE)
    assert (report.verdict, report.level) == ("flagged", None)
    assert "step 0 writes" in report.reasons[0]
    assert "stands first in chunk 2" in report.reasons[0]
