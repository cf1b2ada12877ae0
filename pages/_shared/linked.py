"""The address of a statement's link: shown to whoever holds the token, answered under a typed name."""

from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.accounts.sessions import hash_of
from core.base.errors import AppError, InvalidInput
from core.base.i18n import N_, match_language, use_language
from core.exchange.linked_page import AGREE, POLICY, Typed, linked_page, told_page
from core.receivables.errors import LinkInvalid, TooManyTries
from core.sales.money.link_queries import LinkedCard, linked_statement
from core.sales.money.statement_links import MOST_TRIES, agree_by_link, count_try, object_by_link, tries_of
from core.security.actor import holder_of_link
from core.work.store import Store
from pages._shared.company import company_name, store

PATH = "/s/{token}"
LONGEST_FORM = 400_000
MOST_FIELDS = 2_000
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}


async def show_statement(request: Request) -> Response:
    """The statement of the token; looking at it changes nothing of it."""
    return await run_in_threadpool(_shown, request)


async def answer_statement(request: Request) -> Response:
    """Take the answer of who holds the token; then show the statement again."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_FORM:
            return Response(status_code=413)
    return await run_in_threadpool(_answered, request, bytes(body))


def _shown(request: Request) -> Response:
    return _opened(request, lambda company, card: _page(linked_page(card, company_name(), company.settings.timezone)))


def _answered(request: Request, body: bytes) -> Response:
    try:
        sent = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return Response(status_code=400)
    token = request.path_params["token"]

    def take(company: Store, card: LinkedCard) -> Response:
        name, words = sent.get("name", [""])[0], _words(sent)
        try:
            _count(company, hash_of(f"answer {token}"))
            _take(company, card, token, sent.get("answer", [""])[0], name, words)
        except LinkInvalid:
            return _closed(LinkInvalid(), 404)
        except TooManyTries as refusal:
            return _closed(refusal, 429)
        except AppError as refusal:
            with company.viewing(holder_of_link()) as view:
                now = linked_statement(view, token)
            if now is None:
                return _closed(LinkInvalid(), 404)
            typed = Typed(name, words, refusal.sentence)
            return _page(linked_page(now, company_name(), company.settings.timezone, typed), 422)
        return RedirectResponse(request.url.path, status_code=303, headers=_HEADERS)

    return _opened(request, take)


def _opened(request: Request, answer: Callable[[Store, LinkedCard], Response]) -> Response:
    """The answer for a token that opens something; all others look the same."""
    use_language(match_language(request.headers.get("accept-language")))
    company = store()
    with company.viewing(holder_of_link()) as view:
        card = linked_statement(view, request.path_params["token"])
    if card is not None:
        return answer(company, card)
    host = request.client.host if request.client else ""
    try:
        _count(company, hash_of(f"address {host}"))
    except TooManyTries as refusal:
        return _closed(refusal, 429)
    return _closed(LinkInvalid(), 404)


def _take(company: Store, card: LinkedCard, token: str, answer: str, name: str, words: dict[int, str]) -> None:
    actor = holder_of_link(card.statement.row.number)
    if answer != AGREE:
        company.run(actor, object_by_link, None, token, name=name, objections=words)
    elif words:
        raise InvalidInput(
            field=N_("Disputed lines"),
            reason=N_("you wrote that something is wrong; send that, or empty it to confirm."),
        )
    else:
        company.run(actor, agree_by_link, None, token, name=name)


def _count(company: Store, source: str) -> None:
    """Count a try; once there are too many, nothing is written any more."""
    with company.viewing(holder_of_link()) as view:
        if tries_of(view, source) >= MOST_TRIES:
            raise TooManyTries
    company.run(holder_of_link(), count_try, None, source)


def _words(sent: dict[str, list[str]]) -> dict[int, str]:
    """What was written about lines, by their numbers."""
    written = {}
    for name, (first, *_others) in sent.items():
        place = name.removeprefix("line.")
        if name != place and place.isascii() and place.isdigit() and len(place) < 10 and first.strip():
            written[int(place)] = first
    return written


def _page(content: str, status: int = 200) -> Response:
    return HTMLResponse(content, status_code=status, headers=_HEADERS)


def _closed(refusal: AppError, status: int) -> Response:
    return _page(told_page(company_name(), refusal.sentence), status)
