"""The checks of the project's `shopify.app.toml`: what it declares beside what is asked and granted. Pure."""

from collections.abc import Collection, Sequence
from typing import Final

from devhook.doctor.finding import Finding, failed, note, ok
from devhook.errors import InputError
from devhook.project.app_config import AppConfig
from devhook.shop.subscriptions import includes_scope
from devhook.text import counted, listed

_CHECK: Final = "app"


def project_findings(app: AppConfig | None, problem: InputError | None, api_version: str) -> list[Finding]:
    """Return what can be said without the shop. `api_version` is the one that devhook asks for."""
    if problem is not None:
        return [failed(_CHECK, problem)]
    if app is None:
        return []
    file = app.file.name
    declared = f"{counted(len(app.topic_names), 'topic')} and {counted(len(app.scopes), 'scope')}"
    found = [ok(_CHECK, f"{file} declares {declared}.")]
    if app.api_version and app.api_version != api_version:
        found.append(
            note(
                _CHECK,
                f"{file} declares API version {app.api_version}; devhook asks for {api_version}.",
                f"Payloads can differ. To receive what the app will: --api-version {app.api_version}",
            )
        )
    if app.missing_compliance:
        missing = listed(app.missing_compliance, "and")
        names = ", ".join(f'"{name}"' for name in app.missing_compliance)
        found.append(
            note(
                _CHECK,
                f"{file} declares no {missing}. An app in the App Store needs them.",
                f"Under [[webhooks.subscriptions]]: compliance_topics = [{names}]",
            )
        )
    return found


def scope_findings(app: AppConfig | None, granted: Collection[str]) -> list[Finding]:
    """Return the scopes that the app declares and the shop has not granted."""
    if app is None or not app.scopes:
        return []
    missing = _missing(app.scopes, granted)
    if not missing:
        return [ok(_CHECK, f"The shop has granted every scope that {app.file.name} declares.")]
    return [
        note(
            _CHECK,
            f"{app.file.name} declares {listed(missing, 'and')}, which the shop has not granted.",
            "Deploy it (shopify app deploy), then open the app in the shop to accept the scopes.",
        )
    ]


def _missing(declared: Sequence[str], granted: Collection[str]) -> list[str]:
    return [scope for scope in declared if not includes_scope(scope, granted)]
