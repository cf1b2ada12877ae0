"""What happens before the first visitor and after the last one."""

import gc
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_network

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from babel.numbers import format_decimal

from core.accounts.service import has_users, new_setup_code
from core.analytics import forecast  # noqa: F401 - a second of imports, better now than at the first figure
from core.analytics.customers.ahead import worked_ahead
from core.base.errors import AppError
from core.base.i18n import LANGUAGES, N_, _, match_language, use_language
from core.db.migrate import is_current, migrate
from core.jobs.runner import Runner
from core.notify.postman import Postman
from core.ops import background, tables  # noqa: F401 - declare every job and every table
from core.ops.watch import watching
from core.security.passwords import ROUNDS, nobodys_hash
from core.work.store import Store
from pages._shared.company import store
from pages._shared.mirror import close_mirror, mirror
from pages._shared.probes import facts_of_this_process


class HostedDemo(AppError):
    """Anybody could sign in with a click."""

    message = N_(
        "A hosted installation cannot run in demo mode. Unset SALESBOOK_DEMO or SALESBOOK_HOSTED and start again."
    )


class UnknownProxy(AppError):
    """A proxy is named by something else than its address."""

    message = N_("SALESBOOK_TRUSTED_PROXIES wants addresses or networks, such as 10.0.0.5 or 10.0.0.0/24: {text}")


class OldSchema(AppError):
    """The database is of another version."""

    message = N_("The database does not have the schema of this version. Run `python -m core init` and start again.")


def trust_proxies() -> None:
    """Let the server believe the named proxies, and nobody else, about where a browser is.

    It listens on both kinds of addresses at once, so that it sees the old kind inside the new one.
    """
    named = [each.strip() for each in store().settings.trusted_proxies.split(",") if each.strip()]
    try:
        networks = [ip_network(each, strict=False) for each in named]
    except ValueError as error:
        sys.exit(UnknownProxy(text=str(error)).sentence)
    mapped = [f"::ffff:{each.network_address}/{96 + each.prefixlen}" for each in networks if each.version == 4]
    os.environ.setdefault("FORWARDED_ALLOW_IPS", ",".join([*map(str, networks), *mapped]))


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, object]]:
    """Everything that this process does around the screens."""
    with opened(store()):
        gc.collect()
        gc.freeze()
        yield {}


@contextmanager
def opened(company: Store) -> Iterator[None]:
    """The company open for business; refuses with a sentence where it must not be."""
    use_language(match_language("en"))
    try:
        check_settings(company)
        check_schema(company)
    except AppError as refusal:
        sys.exit(refusal.sentence)
    show_setup_code(company)
    warm()
    with watching(company, facts_of_this_process), runner(company), worked_ahead(mirror()):
        yield
    close_mirror()
    company.engine.dispose()


@contextmanager
def runner(company: Store) -> Iterator[None]:
    """The job runner and the postman beside the screens, unless a process of its own runs the jobs."""
    if not company.settings.run_jobs:
        yield
        return
    beside = Runner(company), Postman(company)
    for each in beside:
        each.start()
    try:
        yield
    finally:
        for each in beside:
            each.stop()


def check_settings(company: Store) -> None:
    """Refuse to serve a team with accounts that need no password."""
    if company.settings.hosted and company.settings.demo:
        raise HostedDemo


def check_schema(company: Store) -> None:
    """Migrate the embedded database; refuse any other one that is not current."""
    if not company.settings.database_url:
        migrate(company.engine)
    elif not is_current(company.engine):
        raise OldSchema


def show_setup_code(company: Store) -> None:
    """Print the one-time code that makes the first administrator, where there are no users."""
    if not company.settings.demo and not has_users(company):
        told = _("Set-up code: {code}").format(code=new_setup_code(company))
        sys.stdout.write(f"\n  {told}\n\n")
        sys.stdout.flush()


def warm() -> None:
    """Load now what the first visitor would wait for."""
    for language in LANGUAGES:
        use_language(language)
        _("Sign in")
        format_decimal(1, locale=language)
    nobodys_hash(ROUNDS)
    go.Figure(go.Bar(x=[1], y=[1])).to_json()
    pd.DataFrame({"x": [1.0]}).to_string()
