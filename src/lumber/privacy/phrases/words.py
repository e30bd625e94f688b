"""Words that stand where a name may stand, and aren't one."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# After "user", "for", "by" and their like.
NO_USERS = _words(
    """
    % (none) (null) (unknown) * + - -- ? [] a about access account accounts action active activity add
    added adding address admin_user after again agent all already also an and anonymous another any
    apache api app application apps are as at attempt attempts auth authenticated authenticating
    authentication authorization authorized automatically back been before being but by bytes can cannot
    change changed changes check checking client closed cluster cockpit code command config
    configuration configured connect connected connecting connection console context could count counter
    cpu create created creating creation credentials cron current data database days db default defined
    delete deleted denied deny desktop device did directory disabled disconnected disk display do does
    doesn't domain done dovecot down due each either email empty enabled error errors event events every
    exception exists exited expired external fail failed failure false feature field file files first
    for from ftp full get got grant granted group groups guest had handle handler has have having he
    help her him his home host hours http https i id ids if illegal imap in incorrect info information
    init input interactive interface internal invalid is it item items its job just kernel key known
    last ldap left length level limit limits linux list load local lock locked log logged logging login
    logins logon logout logs long mail manager many master max maximum me memory message method min
    minutes missing mode model more most ms must my n/a na name names namespace network network-pre
    never new next nginx no nobody_yet node non none nor not note nothing now null number object of off
    ok old on once one only open opened operation operator option options or order other our out output
    over own owner pam password passwords path peer pending permission permissions permitted pid please
    policy pop3 port portal postfix previous principal process processes profile profiles program
    progress query queue quota rate read ready reason received record records ref refused registered
    registration reject rejected remote remove removed reply request requested requests required reset
    response result results retry role roles root's rule rules run running runtime samba same scope
    script search second seconds security self send sending sent server service services session
    sessions set sets setting settings setup sftp shell should side signal since size skipped slice slot
    smtp so some someone space ssh ssh2 sshd ssl stack staff start started starting state status step
    still stop stopped store string su succeeded success successful successfully such sudo support
    switch sync system systemd table target task tasks temporary test_run than that the their them then
    there these they thread threads through time timeout timer tls to token too total transaction true
    two type types ui unauthenticated unauthorized undefined under unexpected unit unix unknown unlocked
    unset until up update updated upon us usage use used user users using valid validation value values
    version via vpn waiting want was way we web website were what when where which while who why will
    windows with within without work worker would write wrong yes yet you your {}
    """
)
# After "from", "host=" and their like.
NO_HOSTS = _words(
    """
    a above active address addresses after agent all allocated an and anonymous any apache api app apps
    at authenticated auto available backend backup bad base before behind below bind block bridge broker
    browser bus busy by cache caddy call client clients closed cloudflare cluster code command config
    configuration connection console container controller core cpu data database default device devices
    dhcp different directory disabled disk dns docker does down each either empty enabled end endpoint
    envoy error errors event every external failed failed. failure false file files first following for
    found from frontend gateway group guest gunicorn header here home host hosts http https id idle if
    iis in inactive inside instance interface internal internet invalid is it its itself jetty job
    kernel key keyboard last leader left lighttpd list listener load local localhost location log lookup
    lost machine main manager many master memory misbehaving missing mobile mode module monitor multiple
    my name names network new next nginx no node nodes non none not nothing null of off offline ok old
    on one online only open openresty or origin other our outside over own parent peer pending pool port
    previous primary private process processes protocol proxy public queue queued read reading ready
    remote replica request required resource response returned right root router running same script
    second secondary self server servers service services session set several side signal slave socket
    some source stale standard standby start started state static status stdin stdout stop stopped
    storage stream subsystem such switch system table target task tcp temporary test that the their them
    then there these this thread timed timeout to tomcat true tty type udp unavailable undefined under
    unix unknown unreachable unresolved unset unspecified up upstream uri url user users using utils
    value varnish version via virtual was we web which who with within without worker workers writer yes
    you your zero zone
    """
)
# Folders below /home and /users, and parts of URLs, that aren't named for a person.
NO_FOLDERS = _words(
    """
    active all assistant auth count create default export import index list login logout lost+found me
    new online password profile public register search self session sessions settings shared signup
    token tokens
    """
)
# Files whose last part looks like a domain.
NO_DOMAINS = _words(
    """
    conf config env example fail2ban ini jail json php py rc sample settings toml xml yaml yml
    """
)
# First labels of packages of programs.
PACKAGES = _words(
    """
    android androidx app com de dev edu gov io java javax jdk kotlin net org scala sun uk
    """
)
