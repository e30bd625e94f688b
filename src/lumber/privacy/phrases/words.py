"""Words that stand where a name may stand, and aren't one."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# After "user", "for", "by" and their like.
NO_USERS = _words(
    """
    % (none) (null) (unknown) * + - -- ? [] a about abuse accepted access accessing account accounts
    acknowledged action actions activation active activity actual add added adding address admin_user
    administrator's admins after again agent agreement alerts all allowed already also an and anonymous
    another answered answers any apache api app application approval approved apps are as ask asked
    assertion assigned assignment assistance at attempt attempting attempts attribute attributes audit
    auditing auth authenticated authenticating authentication authorization authorized automatically
    avatar back banned base batch became been before began behavior behaviour being belongs best between
    bind blocked boundary browser browsing buffer bulk but button by bytes cache caching call callback
    called can canceled cancelled cancels cannot capabilities capability case cgroup change changed
    changes check checking child choice choose chose ci claims class clicked clicking clicks client
    clock closed cluster cockpit code command commands comment comments community config configuration
    configured confirmed confirms connect connected connecting connection consent console contact
    contacts content contents context control controls conversation cookie cookies copy core could
    couldn't count counter cpu create created creating creation credentials criteria cron current
    currently custom daemon dashboard data database dataset days db deactivated decision declined
    default default_user defaults defined delete deleted deletion demand denied deny desktop details
    device did directory disabled disconnected disconnecting disk disk_quota display do docs
    documentation does doesn't domain done dovecot down download downloads driven due during each edit
    edited edits education either email emails empty enabled engagement entered enters entities entity
    entries entry environment environments error errors event events every exception existing exists
    exited exits expand experience experiences expired explicitly export extension external fail failed
    failure false feature feed feedback feeds field fields file files filter filters first flag flags
    flow folder folders following for form format forms forum found framework friendly friends from ftp
    full function functions gave gender generated generation get gets gid gives global goes got grant
    granted grants group groups guest guide had handle handled handler handling has hash have having he
    header help helper her hierarchy him his history hit hits home homepage host hours however http
    https i icon id identifier identifiers identity idle ids if illegal image imap impact impersonation
    import improper in inactive inactivity includes including incorrect info information inherited init
    initial initiated input inputs install installation instance instances instead instruction
    instructions intent intents interaction interactions interactive interest interests interface
    interface-level internal invalid invite invited invites ip ips is issue issues it item items its job
    join joined joining joins just kernel key keyring keys kicked known lacks language last last_login
    launched layer ldap leave leaves leaving left legacy length level library licence license licenses
    likely limit limited limits link linked links linux list lists load loading local locale
    localservice localsystem location lock locked log logged logging login logins logon logout logs long
    lookup lookups loop lost made mail main management manager managers manual many map mapped mapper
    mapping mappings master match matched matches matching max maximum may me media meeting member
    members membership memberships memory menu merged message met metadata method metric metrics might
    migration min minutes misses missing mistake mode model modifications modified module modules more
    most mounts move moved moves ms must my n/a na name name_or_id names namespace namespaces
    namespacing navigated navigates need needs network network-pre networks networkservice never new
    news next nginx no nobody_yet node non none nor normal not not_found note notes nothing notification
    notifications now null number numbers object objects occupied of off offline ok old on onboarding
    once one online only open opened opens operation operator option options or order ordered
    organization origin other our out output outside over own owner package page pages pam parameter
    parameters part particular passed passes password passwords paste patch path pays peer pending per
    perhaps period permanently permission permissions permitted persona photo phrase picture pid place
    plan play please plugin policy polling pool pop3 port portal position post posted postfix posts ppid
    preference preferences prefers presence presented press pressed presses prevented previous primary
    principal principals prior priv private privilege privileges process processes processing profile
    profiles program progress prompt prompts properties property provided provider provides provisioned
    provisioning proxy publishes purge put query queue quit quota quotas range rank rate rates rather
    rating reached reaches read ready real realm reason reboot received recently recommendation
    recommendations record record_id records recovery redirect redirected ref refused region regions
    register registered registering registers registration registry reject rejected rejects related
    relation release reload remained remains remembered remote removal remove removed renamed replied
    reply report reported reports request requested requesting requests required requirement
    requirements requires reset reset_password resolution resolved resource resources response restart
    restarted restore restored restrictions result results resume resumed retention retries retrieved
    retry returned returning returns review reviews revoked rid right rights risk role roles root's
    route rule rules run running runs runtime samba same sandbox save saved saves says scope scoped
    scopes scores screen script search searched searches searching second seconds section security seeds
    seen segment segments select selected selection selects self send sending sends sent serial server
    service services session session-id sessions set sets setting settings settings_id setup
    setup_complete sftp share shared shares sharing shell should shows shutdown sid side signal signed
    signin signing signout signs signup simply since site size skip skipped slice slot smtp so social
    software some someone sort source space spawning specific specified specifies spent ssh ssh2 sshd
    ssl stack staff stage standard start started starting state statistics stats status status_code
    stays step still stop stopped stops storage store stores story stream string structure style su
    submission submit submits submitted subscribed subscription subscriptions subsystem succeeded
    success successful successfully such sudo suggested suggestions supplied support supports survey
    suspended swap switch switched switches switching sync synced synchronization system system-wide
    systemd tab table tables tag tags takes target task tasks team teams template temporarily temporary
    term terminal terminated terms test_run testing text than that the their them theme then there these
    they third thread threads through ticket tickets time timed timeout timer times timestamp timezone
    title tls to toggled toggles token too tools topic total track tracking traffic training transaction
    transfer tree tried tries trigger triggered triggers true trust trying two type typed types typing
    ui ui_event uid unable unauthenticated unauthorized unavailable undefined under unexpected unique
    unit units unix unix-group unix-process unix-session unix-user unknown unknown_user unlock unlocked
    unset unsubscribed unsupported until up update updated uploads upon url us usage use used user
    user_id userid username usernames users using vacation valid validation value values variable
    variables verification verified verifies version version_id versions via viewed views violation
    visible visit visited visiting visits volume votes vpn waiting waits want warning was watch watched
    way we web website welcome were what when where which while who why will windows wish with withdrew
    within without won words work worker workflow workflows workspace would write wrong yes yet you your
    zone {}
    """
)
# After "from", "host=" and their like.
NO_HOSTS = _words(
    """
    a above account accounts action active added addr address addresses af_inet af_inet6 af_unix after
    agent alive all allocated allow allowed already always an and announced anonymous answer answers any
    ap apache api app application applications apps apps-v1 are assigned assignment at attempt attempts
    auth authenticated authentication authority auto automatic available backend background backup bad
    base batch became because become been before behind being below between bind block boot both branch
    bridge broker browser buffer build builder bus busy by cache caddy call canceled cancelled cert
    certificate certificates certs channel check checks checksum chunk class cleanup cli client clients
    clock closed cloud cloudflare cluster code codec column comes command commands commit compute
    concurrent conf config configuration confirmed connect connected connecting connection connections
    console container content context control controller cookie copy core could count counter cpu crash
    created current currently daemon dashboard data database day days db dead debug default delayed
    delete deleted denied deny desktop detected device devices dhcp did different directory disabled
    disconnect disconnected discovery disk disks dmz dns doc docker docs document does domain domains
    done down driver drop dropped due during each eai_again edge either elected election embedded empty
    enabled end endpoint engine enotfound entry envoy epoch error errors established etc eth event
    eventually every exchange existing exit exited expected expired explicit external factory facts
    failed failed. failure false fatal feature features fetch field file files final finished firewall
    first folder following footer for form format found framework from frontend full function functions
    gateway gave general generated generic gets gid given global gone got gracefully group groups guest
    gunicorn half handler handlers has hash have head header headers health healthy heap helo help here
    high history hit home host hosting hostname hosts hours http https hung id identified identity idle
    if iis image images immediately import in inactive incoming index info information ingress initial
    initialized input inside install instance instances instead interface internal internet interval
    into invalid ip ipc ipv4 ipv6 is iso issue it its itself java jetty job jobs join joined json kafka
    kernel key keyboard keys kind kube-system lack language larger last latency layer leader lease
    leaving left length less level library lighttpd limit limits line link linux list listener listening
    lists live load loaded loader loading local localhost locally location lock log log-in logged logger
    logic login logon logs lookup loop lost low machine main maintenance making management manager
    manually many map mapping marked master max may means media members membership memory message
    messages meta metadata method metrics mgmt migration minutes misbehaving misconfigured missing
    mobile mode module monitor mount move moved multiple must my n/a name named names namespace
    namespaces native near need needs neither netfilter network new next nginx nginx-ingress no node
    nodes non none normal not note nothing notification now null number object objects observed occurred
    of off offline offset ok old on one online only op open openresty operation operator option options
    or order organization origin other others our out-of-memory output outside over overloaded own
    package packet packets page pair panic parent partition partitions pass password patch path peer
    pending per percent permission pid ping place plain plugin pods point poll pool pools port position
    possible power ppid pre preempted previous primary prior private proc process processes processing
    processor profile program prompt property protocol protocols provider proxy public pull put queries
    query queue queued quorum quota range rate reached read reading reads ready really realm reason
    reboot receive received receiver reconnecting record records recovered recovery redis refused region
    register registered registration registry reject rejected release reload remote removed rename
    replaced replica replicas replication report request requests required reset resolution resolver
    resolving resource resources response responses restart restarted restarting result retry return
    returned rid right role roles rolling root round route router routes routing row rpc rule rules run
    running runtime same sample sandbox saved scan scheduled scheduler schema scope script scripts sdk
    search sec second secondary seconds secret section secure security seed selected self send sender
    sending sent sequence serial server servers service services serving session sessions set setting
    settings setup several shadow shape shard shards share shared shell shut shutdown sid side side-
    signal signature single size slave slot slots slow smtp snapshot socket sockets software some source
    space span spec specific ssh ssl stack stage stale standard standby start start-up started starting
    stat state static statistics status stdin stdout step still stop stopped stopping storage store
    stream string stub subnet subsystem such suddenly switch sync syncing syncthing system table target
    task tasks tcp team template temporary term terminated terminating test test-suite than that the
    their them then there these thing this thread threads time timed timeout tls to token tokens tomcat
    tool top topic total trace traffic transaction transfer transport tree true trying tty tunnel txn
    type udp uid unable unavailable undefined under unhealthy unit units unix unknown unreachable
    unregistered unresolved unresponsive unset unspecified until up update updated upgrade upstream
    uptime uri url use used user user-agent users using usually utilization utils validation value
    variable varnish verification verified version vhost via view vip virtual visible vlan volume
    volumes wait waiting wan warning was watch we web what when where which while who will wins with
    within without won worker workers workflow workspace would write writer writes writing wrong xml
    year yes you your zero zone
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
    dmp doc docx dump dylib ear err exe exs flv gif go gz h hcl hpp htm html ico img ini iso jar java
    jpeg jpg js json jsonl jsp jsx key ko kt lock log lua m md mjs mo mount mov mp3 mp4 msi old out
    parquet pcap pdf pem php pid pl plist png po ppt properties ps1 pub py pyc qcow2 rar rb repo rpm rs
    rst sass scala scss service sh so socket sql sqlite svg swift sys tar target tf tgz tif tiff timer
    tmp toml ts tsx txt unit vbs vmdk wal war wasm wav webm webp woff woff2 xls xlsx xml xsd xz yaml yml
    zip zst
    """
)
# After the `@` of something other than a user: providers of Traefik, digests, and words of forms.
NO_HOSTS_AT = _words(
    """
    consul consulcatalog docker ecs etcd file host internal kubernetes kubernetescrd kubernetesgateway
    kubernetesingress latest md5 nomad rest sha1 sha256 sha384 sha512 swarm v1 v2 v3 v4 zookeeper
    """
)
