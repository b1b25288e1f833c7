"""A request with an idempotency key is done once: repeating it is answered with what was answered before."""

import functools
import hashlib
import re
from collections.abc import Callable
from typing import Any, ParamSpec

from flask import Response, json, make_response, request

from server.access import machines as access
from server.actions import machines
from server.errors import Conflict, Invalid
from server.handlers.machine.signing import hospital_of_request

P = ParamSpec("P")
KEY = re.compile(r"^[A-Za-z0-9._:-]{8,64}$")


class IdempotencyKeyNeeded(Invalid):
    """What changes something carries a key of its own."""

    code, default_message = "idempotency_key_needed", "请在 Idempotency-Key 中填写本次操作的编号（8 至 64 位）"


class IdempotencyKeyReused(Conflict):
    """Another request came under this key."""

    code, default_message = "idempotency_key_reused", "这个编号已用于另一个请求，请换一个编号"


def once(view: Callable[P, Any]) -> Callable[P, Response]:
    """Do a request once per idempotency key; refusals are not kept, so that they can be tried again.

    Errors: idempotency_key_needed, idempotency_key_reused.
    """

    @functools.wraps(view)
    def run(*args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not KEY.match(key):
            raise IdempotencyKeyNeeded()
        hospital = hospital_of_request()
        said = b"\n".join((request.method.encode(), request.path.encode(), request.get_data()))
        request_hash = hashlib.sha256(said).hexdigest()
        known = access.answer_of(hospital.id, key)
        if known is not None:
            if known.request_hash != request_hash:
                raise IdempotencyKeyReused()
            return Response(known.body, status=known.status, content_type="application/json")
        found = view(*args, **kwargs)
        body, status = found if isinstance(found, tuple) else (found, 200)
        text = json.dumps(body)
        machines.remember(hospital, key, request_hash, status, text)
        return make_response(Response(text, status=status, content_type="application/json"))

    return run
