/** The search params of the audit pages in the address, and the queries that they make. */
import {
  ACTIONS,
  type Action,
  type AuditFilter,
  type OutgoingFilter,
  RESULTS,
  type Result,
} from './api/audit'
import { dayParam, textParam } from './history'
import { browserZone, endOfSecond, wallToMoment } from './time'

export interface OutgoingSearch {
  actor?: string
  /** Id of an export, or its beginning. */
  export?: string
  /** Local days, inclusive. */
  since?: string
  until?: string
}

export interface AuditSearch extends OutgoingSearch {
  action?: Action[]
  result?: Result
}

type Raw = Record<string, unknown>

/** Read the search params of the address, and ignore invalid ones. */
export function outgoingSearch(raw: Raw): OutgoingSearch {
  return {
    actor: textParam(raw['actor']),
    export: textParam(raw['export']),
    since: dayParam(raw['since']),
    until: dayParam(raw['until']),
  }
}

export function auditSearch(raw: Raw): AuditSearch {
  const named: unknown[] = Array.isArray(raw['action']) ? raw['action'] : [raw['action']]
  const action = ACTIONS.filter((name) => named.includes(name))
  return {
    ...outgoingSearch(raw),
    action: action.length > 0 ? action : undefined,
    result: RESULTS.find((name) => name === raw['result']),
  }
}

export function outgoingFilter(search: OutgoingSearch, zone = browserZone()): OutgoingFilter {
  const since = search.since && wallToMoment(`${search.since} 00:00:00`, zone)
  const until = search.until && wallToMoment(`${search.until} 23:59:59`, zone)
  return {
    actor: search.actor,
    target: search.export === undefined ? undefined : `export:${search.export}`,
    since: since || undefined,
    until: until ? endOfSecond(until) : undefined,
  }
}

export function auditFilter(search: AuditSearch, zone = browserZone()): AuditFilter {
  return { ...outgoingFilter(search, zone), action: search.action, result: search.result }
}
