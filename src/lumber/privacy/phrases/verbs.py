"""Verbs of logs in their forms: after "user" and "host" they are no names, as in `user uploaded a file`."""

from __future__ import annotations

# Those with a plus double their last letter. Verbs that are also names of people or accounts are left out.
_VERBS = """
    abandon abort+ absorb accept accumulate achieve acknowledge acquire activate adapt add adjust
    administer advance advertise advise affect allocate alter announce anonymise anonymize answer appear
    append apply arrange arrive assert assess assign assist associate assume attach attempt authenticate
    authorise authorize balance batch block bounce breach broadcast browse bypass cache calculate
    calibrate call cancel capture cause challenge change charge check choose classify cleanse click
    clone close collapse collect combine comment commit+ communicate compare compile complain complete
    comply compress compute concern conclude configure confirm connect consider consume contact contain
    continue contribute convert correct corrupt cover crash create customise customize deactivate debug+
    decide declare decline decode decrease decrypt deduct defer+ define delay delegate delete deliver
    demand demote deny depend deprovision dereference describe deserialize destroy detach detect deviate
    diagnose disable disappear discard disconnect discover dismiss dispatch display disrupt distribute
    divert divide download downgrade drag+ drain drop+ dump duplicate edit elapse elect eliminate embed+
    emit+ enable encode encounter encrypt enforce engage enrich enrol+ enroll ensure enter enumerate
    erase escalate establish estimate evaluate evict examine exceed exchange exclude execute exhaust
    exit expand expect expire explain exploit explore export expose extend extract face fail fetch fill
    filter finalize finish fix flag+ flap+ flush focus follow force forward freeze fulfil+ generate
    handle handshake hang highlight hijack ignore impersonate implement import impose improve include
    increase increment index infer+ inform ingest inherit inhibit initialise initialize initiate inject
    insert inspect install instantiate instruct integrate intend interact intercept interrupt introduce
    invalidate invest invite invoke isolate issue iterate kick kill lack launch learn lease listen load
    lock log+ lookup maintain manage manipulate map+ match measure mention merge migrate mirror mismatch
    miss modify mount move mute negotiate nest normalise normalize notice notify number observe obtain
    occupy occur+ offer omit+ open operate optimise optimize order organise organize originate overflow
    overload override overrun overwrite pair parse partition pause perform permit+ persist pick pin+
    place plan+ poll populate possess postpone prefer+ prefix prepare present press prevent proceed
    process produce prohibit promote propagate propose protect prove provide provision prune publish
    pull purchase purge push qualify quarantine query queue quote raise reach react reactivate rearrange
    reassign reboot rebuild recalculate receive recognise recognize recommend reconcile reconfigure
    reconnect record recover redeem redirect reduce refer+ refresh refuse register reinstall reject
    relate relay release reload relocate remain remove rename render renew repair repeat replace replay
    replicate reply request require reschedule reserve reset resize resolve respond restart restore
    restrict resubmit+ resume retain retire retrieve retry return reuse revert review revise revoke
    rotate route sample satisfy scale scan+ schedule score scrape screen scroll search secure seize
    select separate sequence serialise serialize settle share shift shorten shrink sign simulate skip+
    solicit sort spawn specify spoof start starve stop+ store stream stretch strip+ struggle subscribe
    substitute succeed suffer suggest summarise summarize supersede supply suppress surpass suspect
    suspend swap+ switch synchronise synchronize tamper target terminate throttle time toggle tolerate
    touch trace transcode transfer+ transform transition translate transmit+ trigger trim+ truncate
    trust type unbind unblock uninstall unload unlock unmount unregister unsubscribe update upgrade
    upload use validate vanish verify view violate visit vote wait wake warn watch withdraw wrap+ yield
    zoom
"""
# Bases and forms with an s that are names of people, of accounts or of machines.
_NAMES = frozenset(
    """
    answer balance block chase cover debug display drop dump export face fill flag focus forward freeze import
    index install kick kill lock log logs map mention mirror mount offer order pair pick pin place plan poll
    press prune push query queue relay release repair replicate score screen secure share sign sort stream
    swap target time touch trace trigger trim trust type upload view visit wait watch wrap zoom marks
    """.split()  # noqa: SIM905
)
_VOWELS = "aeiou"


def _forms(verb: str) -> set[str]:
    """Return a verb, and its forms with s, ed and ing."""
    doubles = verb.endswith("+")
    verb = verb.rstrip("+")
    ends_in_y = verb.endswith("y") and verb[-2] not in _VOWELS
    stem = verb + verb[-1] if doubles else verb.removesuffix("e")
    third = verb + "es" if verb.endswith(("s", "x", "z", "ch", "sh")) else verb + "s"
    forms = {
        verb[:-1] + "ies" if ends_in_y else third,
        verb[:-1] + "ied" if ends_in_y else stem + "ed",
        stem + "ing",
    }
    return {form for form in forms | {verb} if form not in _NAMES}


VERBS = frozenset(form for verb in _VERBS.split() for form in _forms(verb))
