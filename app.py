"""The front door: `streamlit run app.py` and `uvicorn app:app` both start Salesbook."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages._shared.company import store
from pages._shared.company_account import secrets_of
from pages._shared.faults import answer_fault, show_fault
from pages._shared.routes import ROUTES
from pages._shared.start import lifespan, trust_proxies
from pages._shared.uploads import OnlySignedIn

trust_proxies()

app = st.App(
    Path(__file__).parent / "pages" / "main.py",
    secrets=secrets_of(store().settings),
    routes=ROUTES,
    middleware=[Middleware(OnlySignedIn)],
    lifespan=lifespan,
    on_script_error=show_fault,
    exception_handlers={Exception: answer_fault},
)
