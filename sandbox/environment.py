"""The environment variables of the story's applications: one of each kind that a naive copy breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.coolify.applications import App

SIGNING_KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIFnOtSoRea1\n-----END PRIVATE KEY-----"
PRODUCTION_DATABASE = "postgres://fiskai:correct-horse@app.fiskai.example:5432/fiskai"
STAGING_DATABASE = "postgres://fiskai:battery-staple@staging.fiskai.example:5432/fiskai"


def fill_app(app: App) -> None:
    """Set fiskai-app's variables; each production one has a preview unless it is removed."""
    add = app.variables.add
    add("DATABASE_URL", PRODUCTION_DATABASE)  # staging's value differs and must be kept
    add("APP_URL", "https://app.fiskai.example")  # names this application's own host
    add("LOG_LEVEL", "info")  # the same in staging
    add("SIGNING_KEY", SIGNING_KEY, is_multiline=True, is_literal=True)
    add("SMTP_PASSWORD", "pa$$word-of-1984", is_literal=True)
    add("INVOICE_PREFIX", "HR$YEAR-")  # a `$` that is not literal
    add("GREETING", 'Say "Dobar dan", it\'s morning', is_literal=True)
    add("COMPANY", "Šećerana Čakovec d.o.o. 🧾")
    add("TEAM_TOKEN", "{{team.TOKEN}}")  # resolves to something else in another team
    add("STRIPE_SECRET", "sk-live-4eC39HqLyjWDarjtT1zdp7dc", is_shown_once=True)  # its preview is readable
    add(
        "SENTRY_DSN",
        "https://1f2@sentry.example/7",
        is_buildtime=False,
        comment="asked for by Ivo",
        preview_too=False,
    )
    add("NEXT_PUBLIC_FLAGS", "vat-per-line,pdf-a3", is_runtime=False)
    add("OPTIONAL", None)
    add("PREVIEW_ONLY", "yes", is_preview=True)
    add("FEATURE_STAGE", "live", preview_too=False)
    add("FEATURE_STAGE", "trial", is_preview=True)  # a preview with another value
    add("feature-toggles", "a,b")  # a key that Coolify refuses by now
    add("MAIL_FROM", "racuni@fiskai.example", preview_too=False)
    add(
        "MAIL_FROM", "invoices@fiskai.example", preview_too=False
    )  # a duplicate key; it is undefined which counts
    add("SERVICE_URL_APP", "https://app.fiskai.example")  # generated, like the next two
    add("COOLIFY_FQDN", "https://app.fiskai.example")
    add("PORT", "3000")


def fill_staging(app: App) -> None:
    """Set fiskai-staging's variables."""
    add = app.variables.add
    add("DATABASE_URL", STAGING_DATABASE)
    add("LOG_LEVEL", "info")
    add("STAGING_BANNER", "This is not the real thing")
    add("SERVICE_URL_APP", "https://staging.fiskai.example")
    add("PORT", "3000")


FILL = {"app": fill_app, "staging": fill_staging}
