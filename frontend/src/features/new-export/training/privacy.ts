import type { Schemas } from '@/lib/api/client'
import type { ConfigInput } from '@/lib/api/exports'
import { type Problems, found, wholeNumberProblem } from './usual'

export type AddressMode = Schemas['AddressMode']
export type Identifier = Schemas['Identifier']
type PrivacyRules = NonNullable<ConfigInput['privacy']>['rules']
export const ADDRESS_MODES = ['prefix_preserving', 'token', 'truncate', 'drop', 'keep'] as const
export const IDENTIFIERS = [
  'mac',
  'email',
  'user',
  'host',
  'iban',
  'phone',
  'national_id',
  'coordinates',
  'url_ids',
] as const

export interface PrivacyForm {
  isOn: boolean
  addresses: AddressMode
  ipv4Prefix: number
  ipv6Prefix: number
  /** In the order of IDENTIFIERS. */
  identifiers: Identifier[]
  secrets: boolean
  dropScope: boolean
  renumberIds: boolean
  shiftTimes: boolean
  shiftGroup: string
  knownValues: boolean
  /** Sets of columns for k-anonymity: one a line, with commas. */
  kAnonymity: string
  context: string
  /** Own rules as JSON; empty without any. */
  rules: string
}

const USUAL = { addresses: 'prefix_preserving', ipv4_prefix: 24, ipv6_prefix: 48, secrets: true } as const

export function privacyToForm(privacy: ConfigInput['privacy']): PrivacyForm {
  const config = { ...USUAL, ...privacy }
  return {
    isOn: privacy !== undefined && privacy !== null,
    addresses: config.addresses,
    ipv4Prefix: config.ipv4_prefix,
    ipv6Prefix: config.ipv6_prefix,
    identifiers: inOrder(privacy?.identifiers ?? IDENTIFIERS),
    secrets: config.secrets,
    dropScope: privacy?.drop_scope ?? false,
    renumberIds: privacy?.renumber_ids ?? false,
    shiftTimes: privacy?.shift_times ?? false,
    shiftGroup: privacy?.shift_group ?? '',
    knownValues: privacy?.known_values ?? false,
    kAnonymity: (privacy?.k_anonymity ?? []).map((columns) => columns.join(', ')).join('\n'),
    context: privacy?.context ?? '',
    rules: privacy?.rules ? JSON.stringify(privacy.rules, null, 2) : '',
  }
}

/** Return the config's `privacy`, which always has `addresses`; undefined without privacy. */
export function formToPrivacy(form: PrivacyForm): ConfigInput['privacy'] {
  if (!form.isOn) return undefined
  const isCut = form.addresses === 'truncate'
  return {
    addresses: form.addresses,
    ...(isCut && form.ipv4Prefix !== USUAL.ipv4_prefix && { ipv4_prefix: form.ipv4Prefix }),
    ...(isCut && form.ipv6Prefix !== USUAL.ipv6_prefix && { ipv6_prefix: form.ipv6Prefix }),
    ...(form.identifiers.length < IDENTIFIERS.length && { identifiers: inOrder(form.identifiers) }),
    ...(!form.secrets && { secrets: false }),
    ...(form.dropScope && { drop_scope: true }),
    ...(form.renumberIds && { renumber_ids: true }),
    ...(form.shiftTimes && { shift_times: true }),
    ...(form.shiftTimes && form.shiftGroup.trim() && { shift_group: form.shiftGroup.trim() }),
    ...(form.knownValues && hasNames(form) && { known_values: true }),
    ...(form.kAnonymity.trim() && { k_anonymity: columnSets(form.kAnonymity) }),
    ...(form.context.trim() && needsKey(form) && { context: form.context.trim() }),
    ...(form.rules.trim() && rulesProblem(form) === null && { rules: readRules(form.rules) }),
  }
}

/** Whether names of hosts or users are replaced. */
export function hasNames({ identifiers }: PrivacyForm): boolean {
  return identifiers.includes('host') || identifiers.includes('user')
}

/** Whether any option needs the service's key. */
export function needsKey(form: PrivacyForm): boolean {
  const isKeyed = form.addresses === 'prefix_preserving' || form.addresses === 'token'
  return form.identifiers.length > 0 || isKeyed || form.renumberIds || form.shiftTimes
}

export function privacyProblems(form: PrivacyForm): Problems {
  if (!form.isOn) return {}
  const isIdle =
    form.addresses === 'keep' && form.identifiers.length === 0 && !form.secrets && !form.rules.trim()
  return found({
    privacy: isIdle && 'These options replace nothing. Choose what to replace, or turn privacy off.',
    'privacy.ipv4_prefix': form.addresses === 'truncate' && wholeNumberProblem(form.ipv4Prefix, 1, 32),
    'privacy.rules': rulesProblem(form),
    'privacy.ipv6_prefix': form.addresses === 'truncate' && wholeNumberProblem(form.ipv6Prefix, 1, 128),
  })
}

function columnSets(text: string): string[][] {
  const lines = text.split('\n').map((line) => line.split(',').map((name) => name.trim()))
  return lines.map((names) => names.filter(Boolean)).filter((names) => names.length > 0)
}

function readRules(text: string): PrivacyRules {
  return JSON.parse(text) as PrivacyRules
}

function rulesProblem({ rules }: PrivacyForm): string | null {
  if (!rules.trim()) return null
  try {
    readRules(rules)
    return null
  } catch {
    return 'This is not JSON.'
  }
}

function inOrder(names: readonly string[]): Identifier[] {
  return IDENTIFIERS.filter((name) => names.includes(name))
}
