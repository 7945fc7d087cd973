"""Requests, read strictly: as many fields as a form of ours can have, text that is text, numbers that can be one."""

from __future__ import annotations

import io
from typing import IO, Any
from urllib.parse import unquote_to_bytes

import flask
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter


class _Parser(FormDataParser):
    """Werkzeug counts fields in multipart bodies alone, and leaves out a body that is no UTF-8 without a word."""

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> Any:
        body = stream.read()
        if self.max_form_parts is not None and body.count(b"&") >= self.max_form_parts:
            raise RequestEntityTooLarge
        _decode(unquote_to_bytes(body))
        return super()._parse_urlencoded(io.BytesIO(body), mimetype, content_length, options)


class Request(flask.Request):
    """A request to pages of ours."""

    form_data_parser_class = _Parser


class Number(IntegerConverter):
    """A number in an address, as large as one of a row can be: more digits are no page of ours."""

    regex = "[0-9]{1,18}"


def look_at_text() -> None:
    """Before a request is answered: its path and its query are UTF-8. Raises BadRequest."""
    environ = flask.request.environ
    _decode(str(environ.get("PATH_INFO", "")).encode("latin-1", "replace"))
    _decode(unquote_to_bytes(str(environ.get("QUERY_STRING", "")).encode("latin-1", "replace")))


def _decode(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise BadRequest from error
