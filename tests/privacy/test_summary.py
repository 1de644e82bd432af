from decimal import Decimal

from devhook.analysis.earlier import Earlier, Previous
from devhook.analysis.story import summarize
from devhook.analysis.verdict import conclude
from devhook.privacy.mask import Mask
from devhook.resources import fixtures
from devhook.webhook.delivery import Signature
from devhook.webhook.payload import read_json
from devhook.webhook.subject import subject_of

ROOT = fixtures() / "payloads"
PAYLOADS = {
    str(path.relative_to(ROOT).with_suffix("")): read_json(path.read_bytes())
    for path in sorted(ROOT.rglob("*.json"))
}
MASK = Mask(b"key")


def personal(document, masked):
    """Yield the values that the mask replaces."""
    match document:
        case dict():
            for key, value in document.items():
                yield from personal(value, masked.get(key))
        case list():
            for value, other in zip(document, masked, strict=True):
                yield from personal(value, other)
        case str() | int() | Decimal() if document != masked and len(str(document)) > 2:
            yield str(document)


def test_a_discreet_summary_has_no_personal_value_of_any_payload():
    for topic, document in PAYLOADS.items():
        masked = MASK.document(document, topic)
        # A city may be part of a location's name, which identifies nobody.
        secrets = {value for value in personal(document, masked) if value not in str(masked)}
        subject = subject_of(topic, document)
        for base, before in PAYLOADS.items():
            if base.partition("/")[0] != topic.partition("/")[0]:
                continue
            named = subject_of(base, before)
            previous = Previous(
                id=1, topic=base, event_id=None, document=before, shape=named.document if named else ""
            )
            for earlier in (Earlier(), Earlier(previous=previous)):
                reading = conclude(topic, Signature.VALID, None, subject, 0, document, earlier)
                told = summarize(topic, Signature.VALID, reading, document).discreet

                assert not [secret for secret in secrets if secret in told], (topic, base, told)
