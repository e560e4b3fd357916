"""The lease: which centre may serve a system, kept by a majority of etcd over three centres, with a fencing token.

The token only grows. A database's gate lets clients in while the record names its own centre, each look lasting
`GATE_SECONDS` at most by the kernel's clock; a service address is never held with a token older than the newest seen.
So between two centres there is always a moment in which nobody may serve: the lease is first given to nobody, then the
old centre is proved silent, then the new one may.

Why no two can serve, however quick a failover is made:
1. The record changes only by compare-and-swap on its revision in a majority of etcd: grants have one order.
2. An opening is counted from the moment before etcd was asked, by the kernel's monotonic clock of that host alone. No
   two clocks are compared, only their pace matters: the margin of 1 s allows it to be a tenth off, a kernel that NTP
   steers is off by one in two thousand at most.
3. The next grant needs the vacancy and a proof: every surviving router drops the centre's campus traffic and refuses
   its announcements (whatever it does, no ward hears it); or it says itself that gate and address are closed; or people
   accept in writing, and then every opening from before the vacancy has run out.
4. Whoever stands inside the lost centre gets nothing acknowledged either: a commit needs the synchronous copy, and to
   go on without it Patroni would have to write to the majority of etcd from which the centre is cut off.
5. Patroni promotes nobody whose centre the record does not name (`pre_promote`), and the leader key is ended early only
   for a copy that has every acknowledged row.
What shortens a failover may therefore change how often and how quickly things are looked at, never 2 or 3.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from dr.blind import PROOF, accept_blind
from dr.context import Context, Evidence
from dr.plan import LOST
from dr.together import together
from dr.world import Gate, Grant
from inventory.addresses import service_address
from inventory.error import MedcloudError, refused
from inventory.model import Software

GATE_SECONDS = 10.0  # as the role `lease` has it
_MARGIN = 1.0
DEAD = "proved dead, and the old gate ran out:"


def take(context: Context, system: str, source: str, target: str) -> Evidence:
    """Let the target serve the system instead of the source, once the source is proved silent; safe to run twice.

    MedcloudError without a majority of etcd, when another took the lease meanwhile, or when nothing proves the source
    silent and nobody accepted that in writing.
    """
    accepted: Evidence = {}
    now = context.leases.grant(system)
    if now is None or now.centre != target or now.run != context.run_id:
        vacant, proof, accepted = _vacate_silent(context, system, source, now)
        now = _write(context, Grant(system, target, vacant.token + 1, context.run_id, proof, vacant.revision))
    elif now.proof == PROOF:  # died after it was accepted and taken: the signatures are still there
        accepted = accept_blind(context, system, source, ())
    return accepted | _evidence(now) | _tell(context, now, source)


def vacate(context: Context, system: str, now: Grant | None) -> Grant:
    """Let nobody serve the system any more; the grant of nobody."""
    if now is not None and now.centre is None and now.run == context.run_id:
        return now
    token = 1 + (now.token if now else _newest_seen(context, system))
    return _write(context, Grant(system, None, token, context.run_id, "given up", now.revision if now else 0))


def token_of(context: Context, system: str, centre: str) -> int:
    """The token with which the centre may hold the system's address: 0 as long as no lease was ever taken.

    MedcloudError while another centre has the lease.
    """
    grant = context.leases.grant(system)
    if grant is None:
        return 0
    if grant.centre != centre:
        raise refused(
            f"{grant.centre or 'nobody'} may serve {system} (token {grant.token}), not {centre}", "take its lease first"
        )
    return grant.token


def _write(context: Context, wanted: Grant) -> Grant:
    written = context.leases.grant_next(wanted)
    if written is None:
        raise MedcloudError(f"somebody else changed the lease of {wanted.system} meanwhile", "resume: it is read again")
    return written


def _newest_seen(context: Context, system: str) -> int:
    """The newest token that any gateway remembers: etcd may have been made anew, the number still has to grow."""
    address = _address(context, system)

    def ask(place: str) -> int:
        try:
            return context.network.tokens(place, address).newest
        except MedcloudError:
            return 0

    return max(together(ask, _gateways(context)), default=0)


def _vacate_silent(context: Context, system: str, source: str, now: Grant | None) -> tuple[Grant, str, Evidence]:
    """Nobody's grant, and why the source is silent. The routers' fence does not depend on that grant, nor the grant on
    the fence: where the centre is lost both are done at once, because the ward waits."""
    with ThreadPoolExecutor(1) as pool:
        fence = pool.submit(_fenced, context, source) if context.plan.mode in LOST else None
        vacant = vacate(context, system, now)
        return vacant, *_silence(context, system, source, vacant.token, fence)


def _silence(
    context: Context, system: str, source: str, token: int, fence: Future[str] | None = None
) -> tuple[str, Evidence]:
    """Why the source can acknowledge nothing more, and who accepted that nothing proves it; quick proofs go first.
    `fence`: the routers are being asked already."""
    asked: Callable[[], str] = partial(_asked, context, system, source, token)
    look: Callable[[], str] = partial(_fenced, context, source)
    proofs = [fence.result, asked] if fence else [asked, look]
    doubts = []
    for prove in proofs:
        try:
            proof = prove()
            if DEAD in proof:  # it could still lead a ward to the old centre: let its database's permission run out
                context.clock.sleep(GATE_SECONDS + _MARGIN)
            return proof, {}
        except MedcloudError as error:
            doubts.append(error.message)
    accepted = accept_blind(context, system, source, doubts)
    context.clock.sleep(GATE_SECONDS + _MARGIN)
    return PROOF, accepted


def _fenced(context: Context, source: str) -> str:
    others = [place for place in context.network.routers() if place != source]
    fences = together(lambda place: context.network.fence_of(place, source), others)
    weak = [fence.place for fence in fences if not fence.complete]
    if weak:
        raise MedcloudError(f"{source} is not fenced on {', '.join(weak)}")
    dead = [f"{fence.place} ({', '.join(fence.dead)})" for fence in fences if fence.dead]
    return f"{source} is fenced on {', '.join(others)}" + (f"; {DEAD} {', '.join(dead)}" if dead else "")


def _asked(context: Context, system: str, source: str, token: int) -> str:
    """The source itself says so: its router let the address go, its database's gate is closed."""
    address = _address(context, system)

    def address_gone() -> None:
        context.network.see(source, address, token)
        if context.network.holds(source, address):
            raise MedcloudError(f"{source} still holds {address}")

    def gate_closed() -> None:
        if _has_gate(context, system) and (gate := _gate(context, system, source)).open:
            raise MedcloudError(f"the gate of {source} is open: {gate.why}")

    together(lambda act: act(), (address_gone, gate_closed))
    return f"{source} said so: its gate is closed and {address} is let go"


def _gate(context: Context, system: str, centre: str) -> Gate:
    database = context.database(system)
    return database.gate(database.member_of(centre))


def _tell(context: Context, grant: Grant, source: str) -> Evidence:
    """Tell the token to every gateway that can be reached, and let the new holder's gate look at once."""
    address = _address(context, grant.system)

    def tell(place: str) -> str:
        try:
            context.network.see(place, address, grant.token)
            return "told"
        except MedcloudError as error:
            return f"not reachable ({error.message})"

    def open_gate() -> str:
        if grant.centre is None or not _has_gate(context, grant.system):
            return "none"
        gate = _gate(context, grant.system, grant.centre)
        if not gate.open or gate.token != grant.token:
            raise MedcloudError(f"the gate of {grant.centre} does not open for token {grant.token}: {gate.why}")
        return gate.why

    places = [place for place in _gateways(context) if place != source]
    acts: list[Callable[[], str]] = [open_gate, *(partial(tell, place) for place in places)]
    gate, *told = together(lambda act: act(), acts)
    return {"gate": gate, "told": dict(zip(places, told, strict=True))}


def release(context: Context, system: str, holder: str) -> Evidence:
    """Let nobody serve the system: the holder's gate closes and its address goes."""
    vacant = vacate(context, system, context.leases.grant(system))
    proof, accepted = _silence(context, system, holder, vacant.token)
    return accepted | _evidence(vacant) | {"proof": proof} | _tell(context, vacant, holder)


def _evidence(grant: Grant) -> Evidence:
    return {"system": grant.system, "holder": grant.centre, "token": grant.token, "proof": grant.proof}


def _gateways(context: Context) -> list[str]:
    """The centres whose routers hold service addresses."""
    present = set(context.network.routers())
    return [centre.name for centre in context.site.centres if centre.name in present]


def _has_gate(context: Context, system: str) -> bool:
    return context.site.system(system).software is Software.POSTGRESQL


def _address(context: Context, system: str) -> str:
    return str(service_address(context.site.system(system)))
