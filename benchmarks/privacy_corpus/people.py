"""Made-up people and machines: users, mail addresses, hosts."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_FIRST = [
    "alina",
    "bartek",
    "carla",
    "dmitri",
    "elodie",
    "farid",
    "greta",
    "henrik",
    "ilse",
    "jonas",
    "katya",
    "lorenz",
    "maren",
    "nadia",
    "oskar",
    "petra",
    "quentin",
    "ruben",
    "saskia",
    "tomasz",
    "ulrike",
    "viktor",
    "wanda",
    "xenia",
    "yannick",
    "zoltan",
    "anouk",
    "bjarne",
    "cosima",
    "dario",
    "estelle",
    "fabio",
    "gudrun",
    "hamza",
    "irena",
    "joachim",
    "kerstin",
    "ludmila",
    "mehmet",
    "noemi",
    "olga",
    "pascal",
    "rahel",
    "svenja",
    "thibault",
    "ursula",
    "volker",
    "wiebke",
    "yasmin",
    "zeynep",
    "alice",
    "bob",
]
_LAST = [
    "adamczyk",
    "bergstrom",
    "castellano",
    "dvorak",
    "eriksen",
    "fontaine",
    "gallagher",
    "hoffmann",
    "ivanova",
    "jankowski",
    "kowalczyk",
    "lindqvist",
    "moreau",
    "nakamura",
    "oconnor",
    "petrov",
    "quaresma",
    "rasmussen",
    "schneider",
    "takahashi",
    "ullmann",
    "vasquez",
    "wisniewski",
    "xiong",
    "yilmaz",
    "zimmermann",
    "abramov",
    "boucher",
    "cervantes",
    "delacroix",
    "engel",
    "fitzgerald",
    "grigoriev",
    "haugen",
    "ibarra",
    "jovanovic",
    "kruger",
    "lefevre",
]
_ROLES = [
    "backup",
    "deploy",
    "monitor",
    "nagios",
    "jenkins",
    "ansible",
    "postgres",
    "report",
    "sync",
    "billing",
]
_COMPANIES = [
    "kowalczyk",
    "nordwind",
    "altmann",
    "brightleaf",
    "corvus",
    "delphin",
    "ember",
    "fjordline",
    "granite",
    "halcyon",
    "ironbay",
    "juniper",
]
_PARTS = [
    "web",
    "app",
    "db",
    "mail",
    "proxy",
    "cache",
    "auth",
    "build",
    "node",
    "worker",
    "gw",
    "fs",
    "print",
    "vpn",
    "nas",
    "kvm",
]
_PLACES = ["prod", "stage", "fra1", "ams2", "lab", "hq", "eu", "west"]
_SUFFIXES = ("example", "example.com", "example.org", "example.net", "test")
_INSIDE = ("internal", "lan", "corp", "local", "intra", "home.arpa")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def user(chance: Random) -> str:
    """Return a user name as systems have them: `alina`, `a.moreau`, `amoreau7`, `svc_backup`."""
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    forms = (
        first,
        f"{first[0]}{last}",
        f"{first}.{last}",
        f"{first}_{last[:3]}",
        f"{first[:4]}{last[:4]}",
        f"{first}{chance.randrange(2, 99)}",
        f"svc-{chance.choice(_ROLES)}{chance.randrange(2, 20)}",
        f"{last}-adm",
        last,
    )
    return chance.choice(forms)


def windows_user(chance: Random) -> str:
    """Return an account's name as Active Directory has them: `A.Moreau`, `svc_Backup3`."""
    first, last = chance.choice(_FIRST).title(), chance.choice(_LAST).title()
    role = chance.choice(_ROLES).title()
    forms = (
        f"{first}.{last}",
        f"{first[0]}{last}",
        f"svc_{role}{chance.randrange(9)}",
        f"adm-{last}",
        last.upper(),
    )
    return chance.choice(forms)


def full_name(chance: Random) -> str:
    """Return a person's whole name: `Alina Moreau`."""
    return f"{chance.choice(_FIRST).title()} {chance.choice(_LAST).title()}"


def mail(chance: Random) -> str:
    """Return a mail address at a domain that is reserved for examples."""
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    forms = (f"{first}.{last}", f"{first[0]}{last}", f"{first}+{chance.choice(_ROLES)}", f"{last}_{first[0]}")
    return f"{chance.choice(forms)}@{_domain(chance)}"


def host(chance: Random) -> str:
    """Return a host's name, short or qualified."""
    return chance.choice((short_host, qualified_host, qualified_host))(chance)


def short_host(chance: Random) -> str:
    """Return a name without domain: `db-prod-07`, `nas7`."""
    part, place, number = chance.choice(_PARTS), chance.choice(_PLACES), chance.randrange(1, 40)
    return chance.choice((f"{part}{number:02d}", f"{part}-{place}-{number:02d}", f"{place}-{part}{number}"))


def qualified_host(chance: Random) -> str:
    """Return a name with its domain: `nas7.kowalczyk.example`."""
    return f"{short_host(chance)}.{_domain(chance)}"


def windows_host(chance: Random) -> str:
    """Return a workstation's or a server's name: `DESKTOP-7FK2QX9`."""
    digits = "".join(chance.choices(_LETTERS, k=7))
    forms = (f"DESKTOP-{digits}", f"WIN-{digits}{chance.choice(_LETTERS)}", f"{short_host(chance).upper()}")
    return chance.choice(forms)


def cluster_node(chance: Random) -> str:
    """Return the name of a node of a cluster."""
    return (
        f"aks-{chance.choice(_PLACES)}pool-{chance.randrange(10**7, 10**8)}-vmss{chance.randrange(10**6):06d}"
    )


def _domain(chance: Random) -> str:
    if chance.random() < 0.7:
        return f"{chance.choice(_COMPANIES)}.{chance.choice(_SUFFIXES)}"
    return f"{chance.choice(_COMPANIES)}.{chance.choice(_INSIDE)}"


PEOPLE: dict[str, Callable[[Random], str]] = {
    "user": user,
    "user-windows": windows_user,
    "user-full": full_name,
    "mail": mail,
    "host": host,
    "host-short": short_host,
    "host-full": qualified_host,
    "host-windows": windows_host,
    "host-node": cluster_node,
}
