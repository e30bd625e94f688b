"""Plain words of logs and of prose, which neither a user nor a host is called."""

from __future__ import annotations

# In lower case. Words that name accounts or machines somewhere, such as `backup` and `gateway`, are left out.
_WORDS = """
    abnormal abnormally about absent absolute accept accepted accepting accurate actual additional addr
    adequate again ahead alarm alert algorithm alias alive allocation allow almost alone along alternate
    alternative ambiguous amount analysis annotation anomaly answer anyone anything anyway appropriate
    arbitrary aren argument arguments array assembly asset assets attachment attachments attack attacks
    authenticator availability available average aware backlog bandwidth bare barrier baseline basis
    batches battery because begin behind below beneath beside besides better beyond bigger binary
    bindings bit bits blank block blocks body boolean boot both bottom bounds breaker breakpoint brief
    broadcast broken bug bulk bundle busy bypass byte bytes called candidate candidates cannot capacity
    captcha card cards cascade categories category cause caution ceiling cell certain chain chains
    change changed changelog channel chapter character characters charset child children choices chunks
    cipher circuit circular claim classes classpath clean clear cleartext clients clipboard clone close
    closing closure coarse cold collaboration collision colon column combination comma commas commonly
    compaction companies company comparison compatible compilation complete completed complex compliance
    component components compression concurrency condition conditions confidence confirmation conflict
    conflicts congestion connections consensus consequence consistency consistent constant constraint
    constraints consumer consumers consumption container contention continue conversion coordinates
    correction correlation corresponding corrupt costs couldn countdown counters countries country
    coverage crash crawl creator credential critical cron crontab cross currency cursor customer
    customers cycle cycles damage dangerous date deadline deadlock debug decided decimal decision deep
    definition definitions degradation degraded delay deleter delta dependencies dependent deprecated
    depth descriptor descriptors deserialization destinations detail detected detection devices
    diagnostic diagnostics diff difference digit digits dimension dimensions direct directories dirty
    disconnect discount discussion dispatcher distance distributed distribution documents doesn dot
    double downstream downtime draft dropped dry dump duplicate duplicates duration dynamic earlier
    earliest early easy editor effect effective effectively effort eight eighth elapsed element elements
    eligible else elsewhere email emergency encoding encrypted encryption ended endpoints enforcement
    engine enough enter entirely enum epoch equal equals equivalent escape essential established
    estimate evaluation even events everyone everything eviction evidence exact exactly example examples
    exceptional exclusive exec execute execution executions executor exhaustion exit expensive
    experimental expiration expiry explicit exploit exporter expression extended extensions extra facing
    fail failed fallback familiar fast faster fatal fault faults favourite federation feedback fetch
    fewer fifth figure final finally find finished firmware five fixed float floor focus footer force
    foreground foreign fork formal formats formatter former forth forward four fraction fragment
    fragments frame frames free freely frequency frequent fresh fully further future general generally
    generator generic genuine global globally gone good graceful grant granted graph greater grid guard
    hadn half handle hasn haven head health heap heartbeat heartbeats height hello hence here hidden
    high higher highest hint hints hold hop hops horizontal hosts hour however huge human ideal
    identical identification ignored immediate implementation implicit important impossible improvement
    incident incoming incompatible incomplete inconsistent increase incremental independent index
    indicator indirect individual industry infinite init initiator inline inner insecure insert
    insertion inside inspection installer instant instantly insufficient integer integration integrity
    intermediate intermittent interrupt interval intervals into introduction invalidation invocation
    irrelevant isn isolation item iteration iterations journal journey journeys json just keep keepalive
    kept keystore keyword keywords kill killed know known label lag large largest lasted lasting late
    latency later latest launch layout leak leaks lease least legal legitimate lengthy less level
    lifetime lightweight like likewise limitation line linear lines listen listening liveness loaded
    loader locks logical longer looks lookup loops loose low lower lowest machine maintenance majority
    make malformed malicious malware mandatory manifest manifests margin mass maximum mechanism medium
    megabytes merely messages middle milliseconds minimal minimum minor minus minute mismatch mitigation
    mode modes modification moment monitoring monthly more most motion mount multi mutation mutual
    namely narrow native near nearest nearly necessary negative nested neutral never nil nine ninth
    nobody nodes nonce nor normally not nothing notice nowhere null number numeric obsolete obviously
    odd offset offsets older oldest omitted once ones ongoing onto opaque opened opening operations
    opposite optimal optional ordinary orphaned outage outcome outdated outer outgoing output overall
    overflow overhead overlap overlapping override owner packet packets padding pagination pair panic
    paragraph parallel parent parser partial partially participants partition pass passed past patches
    paths pattern patterns pause payload payment payments peak penalty percentage performance periodic
    permitted phone physical ping pixel pixels plain please point pointer ports positive possible
    possibly potential potentially practice precision prediction prefix preflight preparation present
    presumably prevention primarily priorities priority privileged probably probes problem problems
    procedure processed progress projection promotion proof propagation proper properly protected
    protection protocol prototype purchase pure purpose quality quantity questions quick quickly quiet
    quietly quit quorum quote random rapid rarely ratio raw reachable readable readiness reads real
    reasons rebalance rebuild received recent recipient reclaim recommendation reconciliation reconnect
    recursion recursive reduction redundancy redundant refresh regardless registrations regression
    regular regularly relations relative relevant reliable reload remainder reminder removed render
    renew repair repeated repeatedly replace replay replica replication representation resident residual
    residue resize resolver responsible responsive retention retry return revision revisions rewrite
    rollback rollout roughly round routine rows safe safely safety salt sampling sanity saturation scale
    scaling scenario schedule scroll seamless secondary secret sectors securely seed segmentation select
    semantic semaphore semicolon sender separate separately separator sequence sequential serialization
    series serious servers seven seventh severe severity shared shift short shortage shortly shouldn
    sibling sign signals signature signatures significant silent silently similar similarly simple
    simply simultaneous single sixth size skew skip sleep slight slightly slots slow slower small
    smaller smallest smooth socket soft softly solution sometimes sooner sorry spam special specially
    specification speculative speed spike split spoofing spurious square stable stack stale standalone
    starvation stateful stateless statement statements statically steady steps straight strategy
    strength strict strictly strings subject subnets subsequent subset substantial substitute succeed
    success successful sudden suddenly sufficient suffix suitable sum summary supported surely surface
    suspend suspicion suspicious symbol symbols symptom synchronous syntax synthetic tail tampering
    targets temperature temporary tenants tenth terminal tests text thanks therefore thermal they those
    threat threats three throttle throttling throughput thus tight timeline timeouts timers tiny title
    toggle tombstone top totally totals touch trace trailing train transactions transfers transition
    transitions transmission transparent transport traversal trend trends trial trivial trouble
    truncation twice typical typically unauthorised unaware uncertain unchanged unclear unconditional
    underlying undo unfinished unfortunately unhandled unhealthy uniform unlikely unlimited unmatched
    unnecessary unpaid unpublished unreachable unread unreadable unrecognised unrecognized unregistered
    unrelated unreliable unresolved unresponsive unsafe unspecified unstable unsuccessful unsuccessfully
    untrusted unusable unused unusual unusually unverified upcoming upgrade uplink upper upstream uptime
    urgent usable usage useful username usual usually utility valid validator validity variant variants
    various vendor verify versus vertical very viable violations virtual visibility visually void
    volatile voltage vulnerability vulnerable wait warm warn warnings was wasn weak weekday weekend
    weekly weight were weren whatever whenever whereas wherever whether whichever whoever whole wholly
    whose wide widely width wildcard window wire wireless within won work workers wouldn wrapper writing
    yearly yellow yesterday zero zeros
"""

PLAIN_WORDS = frozenset(_WORDS.split())
