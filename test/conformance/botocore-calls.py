"""Writes each call as botocore does, and reads each answer as botocore does: one JSON object a line, in and out."""

import base64
import datetime
import json
import sys

import botocore.session
from botocore import parsers, serialize
from botocore.awsrequest import HeadersDict
from botocore.compat import urlencode

# Hosts are not what is compared here, and take no text of any alphabet.
serialize.Serializer._expand_host_prefix = lambda *_: None
session = botocore.session.get_session()
models = {}


def model_of(service):
    if service not in models:
        models[service] = session.get_service_model(service)
    return models[service]


def untagged(value):
    if isinstance(value, list):
        return [untagged(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$date" in value:
        return datetime.datetime.fromtimestamp(value["$date"], datetime.timezone.utc)
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    return {key: untagged(one) for key, one in value.items()}


def tagged(value):
    if isinstance(value, datetime.datetime):
        return {"$date": value.timestamp()}
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: tagged(one) for key, one in value.items()}
    return [tagged(one) for one in value] if isinstance(value, list) else value


def request_of(operation, protocol, asked):
    """None for what botocore does not write: a text where it has a time for S3's Expires."""
    try:
        made = serialize.create_serializer(protocol, False).serialize_to_request(asked, operation)
    except ValueError:
        return None
    body, query = made["body"], made["query_string"]
    headers = dict(made["headers"])
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    if isinstance(body, str):
        body = body.encode()
    target = made["url_path"]
    if query:
        target += ("&" if "?" in target else "?") + urlencode(query, doseq=True)
    return {
        "method": made["method"],
        "target": target,
        "headers": {key: str(value) for key, value in headers.items()},
        "body": base64.b64encode(body).decode(),
    }


def answered(operation, protocol, answer):
    """None for what botocore does not read: a stream, bytes where it wants text, a union of none or of two."""
    if operation.has_event_stream_output:
        return None
    given = {
        "status_code": answer["status"],
        "headers": HeadersDict(answer["headers"]),
        "body": base64.b64decode(answer["body"]),
    }
    try:
        parsed = parsers.create_parser(protocol).parse(given, operation.output_shape)
    except (parsers.ResponseParserError, ValueError):
        return None
    parsed.pop("ResponseMetadata", None)
    return tagged(parsed)


for line in sys.stdin:
    call = json.loads(line)
    model = model_of(call["service"])
    operation = model.operation_model(call["operation"])
    protocol = call["protocol"]
    print(
        json.dumps(
            {
                "request": request_of(operation, protocol, untagged(call["asked"])),
                "answered": answered(operation, protocol, call["answer"]),
            }
        )
    )
