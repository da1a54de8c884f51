"""Why a model could not be asked: what `openai` raises, in one line of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memenv.errors import ModelError, PromptTooLongError
from memenv.harness.failures import redact
from memenv.harness.places import Place, variables, where
from memenv.harness.replies import tidy
from memenv.harness.secrecy import hide

if TYPE_CHECKING:
    import openai

_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|maximum context|(?:prompt|input) is too long"
    r"|reduce the length|too many (?:input )?tokens",
    re.IGNORECASE,
)


def failure_of(
    error: openai.OpenAIError, place: Place, model: str, sent: tuple[str, ...]
) -> ModelError | str:
    """The error of ours; or the field that the server does not take."""
    import openai

    from memenv.harness.wire import KEY, lacks_tools, unknown_field

    def ours(kind: type[ModelError], said: str) -> ModelError:
        return kind(f"{where(model, place)}: {tidy(redact(hide(said[:4000], place.key, KEY)))}")

    if not isinstance(error, openai.APIStatusError):
        cause = error.__cause__ or error
        said = f"{type(cause).__name__}: {cause}" if cause is not error else str(error)
        return ours(ModelError, said)
    status = error.status_code
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    said = message if isinstance(message, str) and message else error.response.text
    whole_text = f"{error.code or ''} {error.response.text[:4000]}"
    if status in (400, 413, 422) and _TOO_LONG.search(whole_text):
        return ours(PromptTooLongError, f"status {status}: {said}")
    lasting = status in (400, 404, 422) or (status in (500, 501) and lacks_tools(said))
    if lasting and (name := unknown_field(f"{error.code or ''} {said}", error.param, sent)):
        return name
    advice = ""
    if status == 401:
        advice = f"check the key in {' or '.join(variables(place.base_url))}: "
    elif status == 404:
        advice = "is it the right model, and does the base URL end in /v1? "
    return ours(ModelError, f"status {status}: {advice}{said}")
