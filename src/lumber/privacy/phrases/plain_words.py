"""Plain words of logs and of prose, which neither a user nor a host is called."""

from __future__ import annotations

# In lower case. Words that name accounts or machines somewhere, such as `backup` and `gateway`, are left out.
_WORDS = """
    ability able abnormal abnormally aborted about above absence absent absolute absolutely abstract
    abstraction accept acceptable acceptance accepted accepting accessed accesses accessible accidentally
    accommodate accompanying accordance according accuracy accurate acknowledgment across acting acts
    actual actually addition additional additionally addon addons addr addresses adequate adjacent
    advantage advice again against aggregate ago agree agreed agrees ahead alarm alert algorithm
    algorithms alias aliased align aligned alignment alive alleging allocation allocations allocator allow
    allowing allows almost alone along alongside alternate alternative alternatives although always
    ambiguous amended among amount analogous analysis analyze ancestor anchor annotated annotation
    announcement anomaly answer anymore anyone anything anyway anywhere apart apparently applicable
    appreciated approach appropriate appropriately arbitrary architectures archives area aren arg argc
    argument arguments argv arising arithmetic around array arrays arrow article articles artistic ascii
    asking asks aspect aspects assembler assembly assertions asset assets assignments assumption async
    asynchronous asynchronously atomic attachment attachments attack attacker attacks attention attr
    attribution attrs authenticator authors authorship autoconf automatic availability available average
    avoid avoids await aware away awful background backlog backport backslash backward backwards bandwidth
    bare barrier baseline basename bases basically basis batches battery because become becomes becoming
    begin beginning begins behalf behave behaves behind believe believed belong belonging below benchmark
    benchmarks beneath beneficial benefit benefits beside besides better beyond bigger binaries binary
    binascii binding bindings bisect bit bitmap bits blame blank blob block blocks body bogus bool boolean
    boot bootstrap border both bother bottom boundaries bounds brackets branches break breakage breaker
    breaking breakpoint breaks brief bring broadcast broke broken brought browsers buffered buffering
    buffers bug buggy bugs bugzilla building builds built builtin builtins bulk bump bundle bundled busy
    bypass byte bytecode bytes calculation callable called caller callers came candidate candidates cannot
    canonical capacity captcha card cards care careful carefully cascade cases cast catch categories
    category caught cause caution ceiling cell center certain certs chain chaining chains chance change
    changed changelog channel channels chapter char character characters chars charset checkbox checkout
    child children choices chosen chunk chunks cipher circuit circular circumstances claim claimed clang
    clarified clarify classes classmethod classpath clause cldr clean cleaned clear cleared clearfix
    clearing clearly cleartext clients clipboard clone close closely closing closure cmake coarse codecs
    codepath codepaths codes coding coerced cold collaboration collaborator collaborators collections
    collision colon colors column columns combination combinations come comes comma commas commercial
    committer common commonly communication compact compaction companies company comparison comparisons
    compat compatibility compatible compilation compiler compilers complement complete completed
    completely completion complex compliance compliant complicated component components compound
    compression computation concatenated concatenation concept concurrency concurrent condition
    conditional conditions confidence confirmation conflict conflicted conflicts conform conforming
    conforms confuse confused confusing confusion congestion conjunction connections consecutive consensus
    consequence consequences consequential consideration consist consistency consistent consistently
    consisting consists const constant constants constitute constitutes constraint constraints construct
    constructed constructing construction constructor constructors constructs construed consult consumer
    consumers consumption container contention contextlib contexts continuation continue contract contrast
    contrib contribution contributions contributors controlling convenience convenient convention
    conventions conversion conversions convey coordinates cope copied copies copying copyleft copyright
    copyrighted copyrights cores correction correctly correctness correlation correspond corresponding
    corresponds corrupt corruption costs couldn countdown counted counterclaim counters counting countries
    country counts couple course cover coverage cpython crash crawl creator credential credit credits
    critical cron crontab cross cryptographic ctxt currency cursor customer customers cycle cycles damage
    damages dangerous dangling dash databases datagram date dates datetime deadline deadlock deal dealing
    dealings death debug debugger decided decimal decision declaration declarations decoder decorator
    dedicated deemed deep defects definition definitions deflate degradation degraded delay deleter
    delimited delta dependencies dependency dependent deprecated deprecation deps depth derivative
    derivatives derived description descriptions descriptive descriptor descriptors deserialization design
    designated designed desirable desired despite dest destination destinations destructor detail detailed
    detected detection determine determined determines determining developed developing development
    devices diagnostic diagnostics dialog diff differ difference differences different differently differs
    difficult diffs digit digits dimension dimensions direct direction directives directly directories
    dirname dirty disallow disclaimed disclaimer disclaims disconnect discount discuss discussed
    discussion dispatcher distance distinct distinguish distributed distribution distributions distutils
    division docstring doctest document documented documents doesn doing domains dot dotted double doubt
    downstream downtime draft drive drivers dropped dry dump duplicate duplicates duplication duration
    dynamic dynamically earlier earliest early easier easily easy echo editor effect effective effectively
    effects efficient effort efforts eight eighth elapsed electronic element elements elif eligible else
    elsewhere email embedder emergency emulate emulation encoding encodings encourage encouraged encrypted
    encryption ended endif ending endorse endorsement endpoints ends enforcement engine engines enhanced
    enough enter entire entirely entirety entitled enum epoch equal equality equals equivalent err errno
    escape escaped escapes escaping especially essential essentially established estimate eval evaluation
    even events eventually ever everyone everything eviction evidence exact exactly example examples
    except exceptional excess excessive exclusion exclusive exec executable executables execute execution
    executions executor exercise exercising exhaustion exist existence exit expansion expectation
    expensive experimental expiration expiry explanation explicit exploit exporter express expressed
    expression expressions expressly extended extensions extensive extent extra extraction extraneous
    extremely facing fact factor factory fail failed failures fairly fall fallback falsy familiar family
    fashion fast faster fatal fault faults favor favourite features federation feedback fees fetch few
    fewer fifth fifty figure filename filenames filesystem filesystems fill final finally find finding
    finds fine finished firmware fitness fits five fixed fixup flaky flat flaws flexible float floating
    floats floor focus fold folding font footer forbid forbidden force foreach foregoing foreground
    foreign forget fork forked formal formats formatted formatter formatting formed former forth forward
    four fraction fragment fragments frame frames free freed freeing freely frequency frequent fresh
    frozen fsck fully func functional functools furnished further future gained general generally
    generator generators generic genuine getopt getter gettext getting gitk gitweb give giving glibc glob
    global globally globals goal going gone good goto govern governed governing graceful gracefully
    grammar grant granted graph greater greatest grep grid guarantee guaranteed guarantees guard guess
    guidelines guides gzip hack hadn half handful handle handlers handy happen happened hard hardcoded
    hardening hardware hashes hasn haven head heading heads health heap heard heartbeat heartbeats heavy
    height held hello helpers helpful helps hence here hereby herein heuristic hexadecimal hidden hide
    high higher highest hint hints historical hold holder holders holding holds honor hop hopefully hops
    horizontal hosts hour hover however html huge human hunk idea ideal identical identification identify
    identifying idlelib idx ifdef ifndef ignored illustrates immediate immediately implementation implicit
    implicitly implied implies imply important importlib impossible improvement improvements inadvertently
    incident incidental inclusion inclusive incoming incompatible incomplete inconsistent incorporate
    incorporated incorrectly increase incremental incurred indeed indemnity indent indentation indented
    independent independently index indicate indicates indicating indication indicator indirect indirectly
    individual individually individuals industry infinite informational infringed infringement ings
    inheritance init initialization initializer initiator inline inner insecure insensitive insert
    insertion inside inspection inspector installer instanceof instant instantiation instantly
    insufficient intact integer integers integration integrity intellectual intentionally interested
    interesting interfere interior intermediate intermittent internally internals internet interpret
    interpreted interpreter interrupt interval intervals into intrinsic intrinsics intro introduction ints
    invalidation invocation invocations involve involved involves involving irrelevant irrevocable isn
    isolation item iterable iteration iterations iterator iterators itertools java javascript jobs journal
    journey journeys json jump jurisdiction jurisdictions just keep keepalive keeping kept keystore
    keyword keywords kill killed kind know knowledge known kwargs label labels lag lang languages large
    larger largest lasted lasting late latency later latest latter launch laws layout lazily leading leads
    leak leaked leaks lease least leftover legal legitimate len lengths lengthy less lets letter letters
    level levels lexical liability liable libc libexslt libgo libgomp libraries libs libstdc libuv
    licensed licensing lifetime lightweight like likewise limitation limitations line linear lineno lines
    linker linking listed listen listener listeners listening listing literal literals litigation live
    liveness loaded loader locally locals locate located locations locks logic logical longer look looked
    looking looks lookup loops loose lose loss lots low lower lowercase lowest machine machinery machines
    macro macros mailing mailto mainly maintainers maintenance majority make makeinfo makes malformed
    malfunction malicious malloc malware mandatory manifest manifests manipulation manner manpage margin
    marked marker marking mask mass material materials math matter maximum maybe mean meaning meaningful
    means mechanism mechanisms medium meet megabytes mention merely mergetool messages meta methods middle
    milliseconds mind minimal minimize minimum minor minus minute misbehaved mishandled misleading
    mismatch misrepresented mistakenly mitigation mixed mkdir mode modern modes modification modifier
    modifiers moment monitoring month monthly months more most mostly motion mount much multi multilib
    multiple mutable mutation mutual mutually namedtuple namely naming narrow national native nature
    navigation near nearest nearly necessarily necessary needed negative negligence neighboring neither
    nested neutral never newer newline newlines newly nice nil nine ninth nobody nodes nonce nonlocal
    nonsense nor normally not notable notably notation noted nothing notice nowhere nowrap null nullptr
    num number numeric numerous obj obligation obligations oblique obsolete obvious obviously occurrence
    occurrences odd offer official offset offsets often older oldest omitted once ones ongoing onto opaque
    opened opening operations operators opposed opposite optimal optimization optimizations optional
    optionally opts ordinary original originally orphaned others otherwise ought outage outcome outdated
    outer outgoing outlined output outputs outstanding overall overflow overhead overlap overlapping
    overridden override overview overwritten owner owners ownership pack packaged packaging packed packet
    packets packfile packfiles padding pager pagination pair panic paragraph paragraphs parallel
    parallelism param params parent parentheses parents parser parsers partial partially participants
    particularly parties partition party pass passed passing past patches patent patents pathlib pathname
    pathnames paths pathspec pattern patterns pause pay payload payment payments peak penalty people
    percent percentage perf performance periodic perl permissive permitted perpetual persistent person
    persons pertain pertaining phase phone physical piece pieces ping pipe pipes pixel pixels placeholder
    plain plainly platforms please plus point pointed pointer pointers pointing points portability
    portable porting portion portions ports positional positive positives posix possibility possible
    possibly potential potentially practical practice pragma precedence preceding precise precision
    precompiled prediction prefix preflight preload prepackaged preparation prerequisite present preserve
    preserved presumably pretend pretty prev prevention previously primarily primitive printed printf
    printing prints priorities priority privacy privileged probably probes problem problematic problems
    proc procedure procedures processed products profiler profiling programlisting programmer programming
    programs progress project projection projects prominent promises promotion proof propagation proper
    properly proprietary protected protection proto protocol protocols prototype proxies prune ptr
    publicity publicly purchase pure purely purpose purposes putting python qualifier quality quantity
    question questions quick quickly quiet quietly quit quite quorum quote race random ranges rapid rarely
    ratio rationale raw reachable readable readiness reading readline reads real realloc really reasonable
    reasonably reasons rebalance rebase rebuild received recent recipient recipients reclaim
    recommendation reconciliation reconnect recurse recursion recursive recursively redistribute
    redistributed redistribution reduction redundancy redundant refentrytitle reference referenced
    references referencing reflect reflog reformed refresh refs regard regarding regardless regex regexp
    registrations regression regressions regular regularly reimplemented rejection relations relationship
    relative relatively relevant reliability reliable reliably relied relies reload rely relying remainder
    remember reminder remotes removed render renew repack repair repeated repeatedly repl replace
    replacement replay replica replication reporting represent representation represented representing
    represents reproduce reproduced reproducible res resident residual residue resize resolver respect
    respective respectively respects responses responsible responsive rest restriction restrictive
    resulted resulting ret retention retry return reverse revision revisions rewrite rewritten rollback
    rollout roughly round routine rows royalty safe safely safer safety said sale salt sampling sanity
    saturation saving say saying scalar scale scaling scenario schedule scientific scroll seamless
    secondary secret secrets sectors securely see seed seek seem seems segfault segfaulted segmentation
    select sell semantic semantics semaphore semicolon sender sense sensible sensitive sentence sentinel
    separate separately separator separators sequence sequential serialization series serif serious serve
    servers serves setter seven seventh several severe severity shall shallow shared shift ship shipped
    short shortage shortcut shorter shorthand shortly shouldn show showed showing shown shutil sibling
    sign signals signature signatures significant significantly silent silently similar similarly simple
    simpler simplest simplified simplify simply simultaneous simultaneously single sites situations sixth
    size sized sizes skeleton skew skip slash slashes sleep slight slightly slots slow slower small
    smaller smallest smooth snapshots snippet socket sockets soft softly solid solution something
    sometimes somewhat somewhere soon sooner sorry sources spaces spam spec special specially specifically
    specification specifications specifier specifiers speculative speed spelled spelling spike split
    splits splitting spoofing spurious square stability stable stack stacktrace stale standalone standards
    stands startup starvation stat stated stateful stateless statement statements states statically
    staticmethod stating statutory stay stderr stdin stdio stdout steady steps stoppage str straight
    strange strategy strength strict stricter strictly stringify strings strongly structured structures
    stuff styles stylesheet subclass subclasses subcommand subcommands subdirectories subdirectory subject
    sublicense submodule submodules subnets suboptimal subprocess subsequent subsequently subset
    substantial substitute substitution substring subtle subtree subtype succeed success successful
    successor successors sudden suddenly sufficient sufficiently suffix suit suitability suitable suite
    sum summaries summary superproject superset supported supporting supposed sure surely surface
    surprising surrogate survive suspend suspicion suspicious symbol symbolic symbols symlink symlinks
    symptom synchronous synchronously synonym synopsis syntax synthetic syscall sysconfig systems tabs
    tagged tail take taken taking talk talking tampering tarball targets taught tbody technical
    technically tell telling tells temperature tempfile templates temporary tenants tenth terminal
    termination terminology tested tests testsuite texinfo text texts textual textwrap thanks themselves
    theory therefore thereof thermal they thing things think those threaded threading threat threats three
    throttle throttling throughout throughput throw throwing thrown throws thus tick tight timeline
    timeouts timers timestamps tiny title titlepage tkinter todo together toggle tokens tombstone took top
    topics tort totally totals touch towards trace traceback tracked tracker tracks trade trademark
    trademarks traditional trailer trailing train transactions transfers transformation transition
    transitions translation translations transmission transparent transport traversal treat treated treats
    trees trend trends trial trivial trouble truncation tuple tuples turn turned turning turns tutorial
    tweak twice typedef typeof typical typically typo typofixes typos unauthorised unaware uncaught
    uncertain unchanged unclear uncompressed unconditional undef underline underlying underscore
    underscores understand understands understood undo undocumented unenforceable unfinished unfortunately
    unhandled unhealthy unicode uniform uninitialized universal unlike unlikely unlimited unlink unmatched
    unmodified unnecessarily unnecessary unneeded unpack unpacking unpaid unpublished unreachable unread
    unreadable unrecognised unrecognized unregistered unrelated unreliable unresolved unresponsive unsafe
    unsigned unspecified unstable unsuccessful unsuccessfully untracked untrusted unusable unused unusual
    unusually unverified unwanted upcoming upgrade uplink upper upstream uptime urgent usable usage useful
    useless username usual usually util utilities utility utils valgrind valid validator validity var
    variablelist variant variants variations variety various vary vector vendor verbatim verbose verify
    versus vertical very viable vice view viewport violations virtual visibility visually void volatile
    voltage vulnerability vulnerable wait waived waives wanted warm warn warnings warranties warranty was
    wasn ways weak weakref week weekday weekend weekly weight weird well went were weren whatever
    whatsoever whenever whereas wherever whether whichever whitespace whoever whole wholly whom whose wide
    widely width wildcard window wire wireless within won word work workaround worked workers working
    works worktree worldwide worry worth wouldn wrap wrapper wrappers writable writer writing written
    xmlsec xsltproc year yearly years yellow yesterday yourself zero zeros
"""

PLAIN_WORDS = frozenset(_WORDS.split())
