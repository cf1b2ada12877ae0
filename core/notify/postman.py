"""The postman: a thread that sends what is due, one message at a time, never in a transaction."""

import logging
import threading
from datetime import timedelta

from core.base.settings import Settings
from core.notify.channels import prepare_test
from core.notify.errors import NotDelivered, SecretLost
from core.notify.keeping import brought_back
from core.notify.models import ChannelKind, MailServer
from core.notify.outgoing import Parcel, is_anything_due, note_post, take_post
from core.notify.sending import PROBLEMS, MailRoute, Outcome, Problem, send_elsewhere, send_mail, send_to_bot
from core.security.actor import Actor
from core.security.permissions import P, Role
from core.work.store import Store

log = logging.getLogger("salesbook")
POSTMAN = Actor(None, "system", frozenset({Role.ADMINISTRATOR}), frozenset(P), source="job")
LOOK_EVERY = timedelta(seconds=1)


class Postman:
    """Sends in a thread of its own until it is stopped; any number of processes may have one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the message at hand; one that takes longer is sent again by whoever finds its lease over."""
        self._stopped.set()
        self._thread.join(timeout=LOOK_EVERY.total_seconds() * 3)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                if send_next(self._store):
                    continue
            except Exception:
                log.exception("the postman could not reach the queue and goes on")
            self._stopped.wait(LOOK_EVERY.total_seconds())


def send_next(store: Store) -> bool:
    """Send the message that is due the longest and note what came of it; False where nothing is to be sent now."""
    if not is_anything_due(store):
        return False
    parcel = store.run(POSTMAN, take_post)
    if parcel is None:
        return False
    outcome = sent(store.settings, parcel)
    if outcome.problem is not None:
        log.warning("message %s was not delivered: %s", parcel.letter.uid, outcome.problem)
    store.run(POSTMAN, note_post, None, parcel.post_id, parcel.attempt, outcome)
    return True


def sent(settings: Settings, parcel: Parcel) -> Outcome:
    """Send a message now, whatever that takes; a bug in what sends is an outcome, too."""
    try:
        address, secret = brought_back(settings, parcel.address), brought_back(settings, parcel.secret)
        if parcel.kind is ChannelKind.MAIL:
            if parcel.server is None:
                return Outcome(Problem.SERVER)
            return send_mail(route_of(settings, parcel.server), address, parcel.letter)
        if parcel.kind is ChannelKind.OTHER:
            return send_elsewhere(address, parcel.letter)
        return send_to_bot(parcel.kind, address, secret, parcel.letter)
    except SecretLost:
        return Outcome(Problem.KEY)
    except Exception as error:
        log.exception("sending failed")
        return Outcome(Problem.REFUSED, type(error).__name__)


def route_of(settings: Settings, server: MailServer) -> MailRoute:
    """The mail server with its password in the clear."""
    password = brought_back(settings, server.password)
    return MailRoute(server.host, server.port, server.security, server.username, password, server.sender)


def try_channel(store: Store, actor: Actor, channel_id: int | None = None, *, to: str = "") -> None:
    """Send a test to a channel, or by mail to an address, at once; `NotDelivered` says why it did not get through."""
    parcel = store.run(actor, prepare_test, None, channel_id, to=to)
    outcome = sent(store.settings, parcel)
    if outcome.problem is not None:
        raise NotDelivered(problem=PROBLEMS[outcome.problem], answer=outcome.answer)
