"""Ordinary words of logs and of prose. Texts mean something else by them than a host of that name."""

from __future__ import annotations

# In lower case. Names of fewer than four characters are never known values.
_WORDS = """
    about accept accepted access account action active added addr address admin after agent alarm alert
    alive allow allowed also anonymous another answer apache application archive attempt audit auth
    authentication available back backend backup bare because been before begin behind below between
    block blocked body boot both branch bridge broadcast broken browser buffer build bytes cache call
    called cannot card cert certificate change changed channel check child class clean clear client
    clients close closed closing cluster code command commit complete completed config configuration
    connect connected connection connections console contact container content context continue control
    controller cookie coordinates core could count crash create created cron current daemon data
    database date debug default delay delete deleted denied desktop detected device devices direct
    directory disabled disconnect disconnected disk does done down driver drop dropped during each eight
    email empty enabled encrypted ended engine enter entry error errors established even event events
    every exec execute exit exited expired external fail failed failure false fatal fetch field file
    files filter find finished firewall first five flag folder force foreign fork format forward found
    four free from frontend full function gateway generic gone grant granted group guest handle handler
    hash have head header health hello help here high history hold home host hostname hosts hour hours
    http https iban idle ignored image inactive index info init initial inner input inside install
    instance integer interface internal internet into invalid issue item json just keep kept kernel kill
    killed know known label last late later launch layer lease leave left length less level like limit
    line lines link linux list listen listening load loaded local localhost lock locked login logout
    long lookup loop lost lower machine magic mail mailer main make manager mark master match maximum
    memory message messages method middle minimum minute missing mobile mode model modem module monitor
    more most mount move moved multi must name named names national native near need network never next
    nine node nodes none normal note nothing notice null number object offline once online only open
    opened opening operation option order other outer output over owner package packet packets page
    panic parent part partition pass passed password path pause peer pending permission permitted phone
    ping plain please point policy pool port ports post power present primary print printer private
    process processed product production profile program protocol proxy public queue quit random range
    rate read ready real received recipient record refused regular reject rejected release reload remote
    remove removed renew repeated replace replica reply report request requests reset resource response
    restart restarted result resume retry return right role root route router rule running runtime safe
    same save scan schedule scope script search second seconds secret section secure security seed
    segment select self send sender sensor sent sequence server servers service services session
    sessions setting setup seven shared shell short shutdown signal size skip slave sleep slot slow
    small snapshot socket some source spam speed split stable stack stage staging standard standby start
    started starting state static status step still stop stopped storage store stream string subject
    succeeded success successful super support suspend switch system table task temp template terminal
    test tests text than that them then there thermal these they this those thread three through ticket
    time timeout timer title token total trace traffic train transfer true trying tunnel type unable
    undefined under unit unknown unlock until unused update updated upgrade upload upper uptime usage
    used user username users using utility valid validation value verify version very view virtual
    volume wait waiting warn warning watch watchdog were what when where which while whole will window
    windows wire wireless with without work worker workers would write writing wrong yellow your zero
    zone
"""

ORDINARY_WORDS = frozenset(_WORDS.split())
