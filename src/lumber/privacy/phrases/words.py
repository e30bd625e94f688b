"""Words that stand where a name may stand, and aren't one."""

from __future__ import annotations

from lumber.privacy.phrases.plain_words import PLAIN_WORDS
from lumber.privacy.phrases.verbs import VERBS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# After "user", "for", "by" and their like.
_NO_USERS = _words(
    """
    % (none) (null) (unknown) * + - -- ? [] a about abuse accepted access accessing account accounts
    acknowledged acme action actions activation active activity actual add added adding address
    admin_user administrator's admins after again agent agreement alerts all allowed already also an
    and anonymous another ansible answered answers any apache apache2 api app application approval
    approved apps apt archive are argocd arn as ask asked assertion assigned assignment assistance
    at atd attempt attempting attempts attribute attributes audit auditd auditing auth authenticated
    authenticating authentication authorization authorized automatically automation automount
    autoscaler avatar back balance banned base basic batch bearer became been before began behavior
    behaviour being belongs best between bind blocked bot boundary bridge browser browsing bssid
    bucket buffer build bulk but button by bytes cache caching call callback called can canceled
    cancelled cancels cannot capabilities capability case cert certificate certificates cgroup
    change changed changes check checking chef child choice choose chose chronyd ci cidr claims
    class cleanup clicked clicking clicks client clock closed cloud-init cluster cockpit code
    collection collector command commands comment comments commit community config configuration
    configured confirmed confirms connect connected connecting connection consent console consul
    contact contacts containerd content contents context control controller controls conversation
    cookie cookies copy core could couldn't count counter cpu create created creating creation
    credentials criteria cron crond csr cups cupsd current currently custom daemon daemonset
    dashboard data database dataset days db dbus deactivated decision declined default default_user
    defaults defined delete deleted deletion demand denied deny dependabot deployment desktop
    details device dhclient dhcpd did digest directive directory disabled disconnected disconnecting
    disk disk_quota display dnf dns dnsmasq do docker docs documentation does doesn't domain
    domain's done dovecot down download downloads dpkg dracut driven drop due during each edit
    edited edits education either elasticsearch email emails empty enabled endpoint engagement
    entered enters entities entity entries entry environment environments envoy error errors etcd
    event events every exception exchange existing exists exited exits expand experience experiences
    expired explicitly export extension external fail failed failure false feature feed feedback
    feeds field fields file files filter filters first flag flags flow flux folder folders following
    for form format forms forum found framework friendly friends from ftp full function functions
    garbage gateway gave gc gender generated generation get gets gid github gitlab gives global goes
    got gradle grafana grant granted grants group groups grpc grub guest guide had handle handled
    handler handling haproxy has hash have having he header helm help helper her hierarchy him his
    history hit hits home homepage host hostname hours however http http2 httpd https hypervisor i
    icinga icon id identifier identifiers identity idle ids if illegal image imap impact
    impersonation import improper in inactive inactivity includes including incorrect indices
    influxdb info information ingroup inherited init initd initial initiated input inputs install
    installation instance instances instead instruction instructions intent intents interaction
    interactions interactive interest interests interface interface-level internal invalid invite
    invited invites ip ips ipv4 ipv6 is issue issues it item items its jenkins jetty job join joined
    joining joins journald just jwt kafka kerberos kernel key keyring keys keyspace kibana kicked
    known krb5 kubelet lacks language last last_login launched layer ldap leave leaves leaving left
    legacy length letsencrypt level library licence license licenses lifecycle likely limit limited
    limits link linked links linux list lists load loading local locale localservice localsystem
    location lock locked log logged logging login logins logon logout logs long lookup lookups loop
    lost mac made mail mailbox main management manager managers manual many map mapped mapper
    mapping mappings mariadb master match matched matches matching maven max maximum may me media
    meeting member member-server members membership memberships memory menu merged message met
    metadata method metric metrics mfa might migration min minutes mirror misses missing mistake
    mode model modifications modified module modules mongodb monit more most mounts move moved moves
    ms must my mysql n/a na nagios name name_or_id named names namespace namespaces namespacing
    navigated navigates need needs negotiate neighbor neighbour network network-pre networkmanager
    networks networkservice never new news next nfs nginx nightly nmbd no nobody_yet node nomad non
    non-existent none nonexistent nor normal not not_found note notes nothing notification
    notifications notingroup now npm nt ntlm ntpd null number numbers oauth oauth2 object objects
    occupied of off offline oidc ok old on onboarding once one online only oom oom-killer open
    opened opens openvpn operation operator option options or order ordered organization origin
    other our out output outside over own owner package page pages pam parameter parameters part
    particular passed passes password passwords paste patch path pays peer peers pending per perhaps
    period permanently permission permissions permitted persona photo php-fpm phrase picture pid pip
    pipeline place plan play please plugin policy polkitd polling pool pop3 port portal position
    post posted postfix postgres postgresql posts ppid preference preferences prefers presence
    presented press pressed presses prevented previous primary principal principals prior priv
    private privilege privileges process processes processing profile profiles proftpd program
    progress prometheus prompt prompts properties property provided provider provides provisioned
    provisioning proxy publishes puppet purge put query queue quit quota quotas rabbitmq range rank
    rate rates rather rating reached reaches read ready real realm reason reboot received recently
    recommendation recommendations record record_id records recovery redirect redirected redis ref
    refused region regions register registered registering registers registration registry reject
    rejected rejects related relation release reload remained remains remembered remote removal
    remove removed renamed renovate replied reply repo report reported reports repositories
    repository request requested requesting requests required requirement requirements requires
    reset reset_password resolution resolved resource resources response restart restarted restore
    restored restrictions result results resume resumed retention retries retrieved retry returned
    returning returns review reviews revoked rid right rights risk role roles root's rotation route
    rpc rpm rsyslogd rule rules run running runs runtime salt samba same saml sandbox sasl save
    saved saves says schedule scheduler schedules schema scope scoped scopes scores screen script
    search searched searches searching second seconds section security seeds seen segment segments
    select selected selection selects self send sending sends sent serial server service services
    session session-id sessions set sets setting settings settings_id setup setup_complete sftp
    share shared shares sharing shell should shows shutdown sid side signal signed signin signing
    signout signs signup simply since site size skip skipped slapd slice slot smb smbd smtp snapd
    snmp so social software some someone sort source space spawning specific specified specifies
    spent sprint squid ssh ssh2 sshd ssid ssl sso sssd stack staff stage standard start started
    starting state statistics stats status status_code stays step still stop stopped stops storage
    store stores story stream string strongswan structure style su submission submit submits
    submitted subnet subscribed subscription subscriptions subsystem succeeded success successful
    successfully such sudo suggested suggestions supervisor supervisord supplied support supports
    survey suspended swap switch switched switches switching sync synced synchronization syslog
    system system-wide systemd tab table tables tablespace tag tags takes target task tasks team
    teams telegraf template temporarily temporary tenant term terminal terminated terms terraform
    test_run testing text than that the their them theme then there these they third this thread
    threads threshold through ticket tickets time timed timeout timer times timestamp timezone title
    tls tls1 to toggled toggles token tomcat too tools topic total track tracking traefik traffic
    training transaction transfer tree tried tries trigger triggered triggers true trust trying
    tunnel two type typed types typing udev ui ui_event uid unable unauthenticated unauthorized
    unavailable unbound undefined under unexpected unexpectedly unique unit units unix unix-group
    unix-process unix-session unix-user unknown unknown_user unlock unlocked unmapped unset
    unsubscribed unsupported until up update updated uploads upon url us usage use used user user_id
    userid username usernames users using vacation valid validation value values variable variables
    varnish vault verification verified verifies version version_id versions vhost via viewed viewer
    views violation visible visit visited visiting visits vlan volume votes vpn vserver vsftpd
    waiting waits want warning was watch watchdog watched way wbcgetpwnam we web webhook website
    websocket websockets welcome were what when where which while who why will winbindd windows
    wireguard wish with withdrew within without wlan won words work worker workflow workflows
    workload workspace workstations would wpa_supplicant write wrong yes yet you your yum zabbix
    zone zookeeper {}
    """
)
# After "from", "host=" and their like.
_NO_HOSTS = _words(
    """
    a above abruptly account accounts acl action active added addr address addresses af_inet af_inet6
    af_unix after agent alive all allocated allow allowed already always an and announced anonymous
    answer answers any ap apache api app application applications apps apps-v1 are artifact artifacts
    assigned assignment at attacker attempt attempts auth authenticated authentication authority auto
    automatic available backend background backoff backup bad ban banned base batch bean became because
    become been before behind being below between bind block blocked boot bot both branch bridge broker
    browser buffer build builder bus busy by cache caddy call camera canceled cancelled cert certificate
    certificates certs channel check checks checksum chrome chunk cidr cifs cipher ciphers class cleanup
    cli client clients clock closed cloud cloudflare cluster code codec column comes command commands
    commit compute concurrent conf config configuration confirmed conflict connect connected connecting
    connection connections console consolehost container content context control controller cookie copy
    core could count counter cpu crash crawler created current currently customer daemon dashboard data
    database day days db dead debug default delayed delete deleted denied deny dependencies dependency
    desktop dest destination detected device devices dhcp did different directly directory disabled
    disconnect disconnected discovery disk disks dmz dns doc docker docs document does domain domains
    done down driver drop dropped dst due during each eai_again edge either elected election embedded
    empty enabled end endpoint engine enotfound entry envoy epoch error errors established etc eth event
    eventually every exchange existing exit exited expected expired explicit external factory facts
    failed failed. failure false fatal feature features fetch field file files final finished firefox
    firewall first folder following footer for form format found framework from frontend ftp ftps full
    function functions gateway gave general generated generic getaddrinfo gethostbyaddr gethostbyname
    getnameinfo getpeername gets gid given global go-http-client gone got gracefully group groups guest
    gunicorn half handler handlers handshake has hash have head header headers health healthy heap helo
    help here high history hit home host hosting hostname hosts hours http https hung hypervisor id
    identified identity idle if iis image images imap imaps immediately import imports in inactive
    incoming index inet_aton inet_pton info information ingress initial initialized input inside install
    instance instances instead interface interfaces internal internet interval into invalid ip ipc ipv4
    ipv6 is iso issue issuer it its itself java jetty job jobs join joined json kafka kerberos kernel
    key keyboard keys kind krb5 kube-system lack lan language laptop larger last latency layer ldap
    ldaps leader leaf lease leaves leaving left length less level library lighttpd limit limits line
    link linux list listener listening lists live load loaded loader loading local localhost locally
    location lock log log-in logged logger logic login logon logs lookup loop loopback lost low machine
    main maintenance making management manager manually many map mapping marked mask master max may
    means media members membership memory message messages meta metadata method metrics mgmt migration
    minutes misbehaving misconfigured missing mobile mode module monitor mount move moved mozilla
    multiple must my n/a name named names nameserver namespace namespaces native near need needs
    neighbor neighbour neither netfilter netmask network new next nexthop nfs nginx nginx-ingress nic no
    node node.js nodes non none none. normal not note nothing notification now null number object
    objects observed occurred of off offline offset ok old on one online only op open openresty
    operation operator option options or order organization origin other others our out-of-memory output
    outside over overlay overloaded own package packet packets page pair panic parent partition
    partitions pass password patch path peer pending per percent permission phone pid ping place
    placeholder plain plugin plugins pod-network pods point policies policy poll pool pools pop3 port
    position possible power ppid pre preempted prefix previous primary primary. printer prior private
    proc process processes processing processor profile program project prompt property protocol
    protocols provider proxy public pull put python queries query queue queued quorum quota range rate
    reached read reading reads ready really realm reason reboot receive received receiver reconnecting
    record records recovered recovery recvfrom redis reference references refused region register
    registered registration registry reject rejected release reload remote remotely removed rename
    replaced replica replicas replication report request requests required reset resolution resolver
    resolving resource resources response responses restart restarted restarting result retry return
    returned rid right role roles rolling root round route route-map router routes routing row rpc
    rpc_pipefs rule rules run running runtime safari same sample sandbox saved scan scanner scheduled
    scheduler schema scope script scripts sdk search sec second secondary seconds secret section secure
    security seed selected self send sender sending sendmsg sendto sensor sent sequence serial server
    servers service service-account services serving session sessions set setting settings setup several
    sftp shadow shape shard shards share shared shell shut shutdown sid side side- signal signature
    signer single size slave slot slots slow smtp smtps snapshot socket sockets software some source
    space span spec specific spine src ssh ssl stack stage stale standard standby start start-up started
    starting stat statd state static statistics status stdin stdout step still stop stopped stopping
    storage store stream string stub subject subnet subsystem successfully such suddenly switch symbol
    sync syncing syncthing system table target task tasks tcp team template temporary term terminal
    terminated terminating test test-suite than that the their them then there these thing this thread
    threads threat ticket time timed timeout tls tls1 to token tokens tomcat tool top topic total trace
    traffic transaction transfer transport tree true trust trying tty tunnel txn type udp uid unable
    unavailable undefined under unexpectedly unhealthy unit units unix unknown unreachable unregistered
    unresolved unresponsive unset unspecified until up update updated upgrade uplink upstream uptime uri
    url urls use used user user-agent users using usually utilization utils validation value variable
    varnish verification verified version vhost via view vip virtual visible visitor vlan volume volumes
    wait waiting wan warning was watch we web what when where which while who will wins with within
    without won worker workers workflow workspace would write writer writes writing wrong xml year yes
    you your zero zone
    """
)
# What may be the name of a machine, but not of a user.
_NO_USERS_ONLY = _words(
    """
    ansible argocd backend superuser branch central chef cockpit consul acl dialup docker elasticsearch
    etcd firewall frontend github gitlab grafana haproxy icinga influxdb jenkins jetty kibana land magic
    mariadb mirror mobile modem mongodb monit mouse mysql nagios news nomad openvpn orphan portal
    postgres postgresql power print probe production prometheus puppet push rabbitmq rank registrar repo
    review router samba sandbox scan seat secure sensor shadow snapshot spare squid staff standby static
    supervisor temp tomcat traefik trunk vacuum vault vpn widget zabbix zookeeper
    """
)
# Services behind a port, and kinds of devices and programs from which somebody logs in.
_NO_MACHINES = _words(
    """
    amqp android app bgp browser cli couchdb dcerpc desktop ios ipad iphone irc kiosk macos
    memcached modbus mongodb mqtt mssql mysql netbios ntp oracle ospf postgres postgresql rdp sdk
    sip smartphone ssdp tablet telnet tftp upnp vnc webapp winrm xmpp
    """
)
# Accounts that every installation of a system or a program brings: they name nobody, and an attack on
# them is what a model should learn to see.
SYSTEM_ACCOUNTS = _words(
    """
    admin administrator bin ec2-user elastic enable_15 gdm git gitlab-ci-token gnats hadoop hdfs
    hive irc kubernetes-admin lp nfsnobody oracle pi replication replicator root sa sshd sys
    systemd-network systemd-resolve systemd-timesync ubuntu uucp uuidd vagrant www-data yarn
    """
)
# Words after "user" and "operator", and those that greetings say instead of a name.
_NOT_CALLED = _words(
    """
    activities additions administrative authority contributor developer reviewer maintainer moderator
    segfault stories cart tokens guests shard logrotate crond systemd-timer autoupdate pipeline digicert
    waf antivirus cors launchd openapi let let's buildx ansible-playbook spamhaus cloudflare rspamd
    header_checks default-scheduler dhcp hand swagger clamav fluentd supervisorctl pm2 foreman
    watchtower nobody upstream downstream agents aliases annotates annotations apis applications args
    awaited based beware bound bumped callbacks cares casting cfg configs configurable
    configurations controllable controlled converter cost customer customers customizable
    customizations dear definable desires dict dictionary dirs doesnotexist elaborate enumeration
    env eq equal equals erroneously everybody everyone exceptions exists explicitly folks forgot
    friend functionality gentlemen given gt gte guesses gui happens headers hook hooks how
    identified identifies indicated initially interfaces intervention itself keepalive keeps
    keybindings knows ladies like likes lt lte madam making manually marks markup meant memcache
    middleware middlewares ne notin orientation owned owns packet partner perceives perspective
    platform player plugins policies pools predefined predicate product promise puts pyvmomi quits
    reader repr resides responsibility routines scheme schemes scripts sections seeing seeking sees
    settable shopper sir solely somehow struct subscriber summer syncs themes though tips told truly
    unaltered unless valued vars verify vi viewers visitor vmware wants world writes wrote xattr
    """
)
_NEITHER = PLAIN_WORDS | VERBS
NO_USERS = _NO_USERS | _NO_USERS_ONLY | _NOT_CALLED | _NEITHER | SYSTEM_ACCOUNTS
NO_HOSTS = _NO_HOSTS | _NO_MACHINES | _NEITHER | (_NO_USERS - _NO_USERS_ONLY)
# Folders below /home and /users, and parts of URLs, that aren't named for a person.
NO_FOLDERS = _words(
    """
    about active ajax all api assets assistant auth avatar config confirmation contact count create
    css dashboard default details export faq favicon.ico fonts help home icons image images img
    import index index.html index.php info js list login logout lost+found main me media menu new
    news node_modules online page pages password passwords preferences profile public register roles
    search self session sessions settings shared sign_in sign_out sign_up signup static stats status
    support test token tokens update upload user users v1 v2 welcome www
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
# What machines are for, in their names. With one of these, a name needs only a number: `ns1`, `esx-12`.
SURE_ROLES = _words(
    """
    adc bastion bdc dc dns esx esxi fileserver firewall fs fw gateway gw host hyperv idrac ilo ipmi jump
    jumphost kvm laptop lb ldap mx nas notebook ns ntp nvr pbx pdc pdu printsrv proxmox proxy pve radius
    router rtr san server smtp srv svr sw switch vm vpn vps workstation wsus
    """
)
# With one of these, it needs a place or two digits as well, or a domain: `db-fra1-3`, `web07`.
ROLES = _words(
    """
    ap api app auth backup bak bkp build cache cdn citrix cluster compute db docker edge elastic exch
    exchange frontend ftp git gpu grafana hadoop hdfs hpc idp imap jenkins k8s kafka kube log logs mail
    master media mem memcache mon mongo monitor mq mysql node pc pg pop postgres print printer prom
    rabbit rds redis runner search sftp sip slave sql sso stor storage store stream syslog ts voip web
    worker ws www xen zk
    """
)
# Where machines are, in their names: stages, regions, and the codes of cities.
PLACES = _words(
    """
    ams ap atl ber bom branch bru bud campus central ch chi cph cz dal de del den dev dfw dk dmz dr dub
    dus east edge eu ewr ext fi fr fra gru ham hel hkg hou hq iad icn int jnb jp lab lax ldn lis lon lux
    mad mel mgmt mia mil muc nl north nrt nyc ord osa osl ot par pl prd pre preprod prg prod production
    qa rom rz sao sea sfo sgp sin site sjc south stage staging sth sto syd test tor tst tyo uat uk us
    vie waw west yul yyz zrh
    """
)
# After the last dot, these are files.
FILE_ENDINGS = _words(
    """
    asc avi bak bat bin bmp bz2 c cc cer cfg class cmd conf cpp crt cs css csv dat db deb der dll dmg
    dmp doc docx dump dylib ear err exe exs flv gif go graphql gz h hcl hpp htm html ico img ini iso jar java
    jpeg jpg js json jsonl jsp jsx key ko kt lock log lua m md mjs mo mount mov mp3 mp4 msi old out
    parquet pcap pdf pem php pid pl plist png po ppt properties proto ps1 pub py pyc qcow2 rar rb repo rpm rs
    rst sass scala scss service sh so socket sql sqlite svg swift sys tar target tf tgz tif tiff timer
    tmp toml ts tsx txt unit vbs vmdk wal war wasm wav webm webp woff woff2 xls xlsx xml xsd xz yaml yml
    zip zst
    """
)
# Of these, the ones that aren't also domains: whatever precedes them, it is no host.
ONLY_FILES = FILE_ENDINGS - _words("cc cer md mo mov pl ps pub py repo rs sh so st zip java class key")
# After the `@` of something other than a user: providers of Traefik, digests, and words of forms.
NO_HOSTS_AT = _words(
    """
    consul consulcatalog docker ecs etcd file host internal kubernetes kubernetescrd kubernetesgateway
    kubernetesingress latest md5 nomad rest sha1 sha256 sha384 sha512 ssw0rd ssword swarm v1
    v2 v3 v4 zookeeper
    """
)
