import type { Schemas } from '@/lib/api/client'
import type { ConfigInput } from '@/lib/api/exports'
import { asUtc } from '@/lib/time'
import { MOST_SEED, type Problems, TEN_YEARS_SECONDS, found, wholeNumberProblem, withoutUsual } from './usual'

export type SplitMode = Schemas['SplitMode']
export const SPLIT_MODES = ['none', 'time', 'group', 'time_group', 'random'] as const
export const SPLITS = ['train', 'validation', 'test'] as const

/** Split options. Options of other modes are kept for when the mode changes back. */
export interface SplitForm {
  mode: SplitMode
  /** How time modes find the cuts. */
  cutBy: 'shares' | 'dates'
  /** From 0 to 1. */
  ratios: Record<(typeof SPLITS)[number], number>
  dates: { validation: string | null; test: string | null }
  embargoSeconds: number
  by: string
  /** The column whose values get even shares. */
  stratify: 'log_level' | 'label' | null
  /** From 0 to 1. */
  unseen: number
  seed: number
}

const USUAL = {
  mode: 'none',
  ratios: { train: 0.8, validation: 0.1, test: 0.1 },
  dates: {},
  embargo_seconds: 0,
  by: 'device_id',
  stratify: null,
  unseen: 0.1,
  seed: 0,
} as const
const TOLERANCE = 1e-6

export function isInTime(mode: SplitMode): boolean {
  return mode === 'time' || mode === 'time_group'
}

export function hasGroups(mode: SplitMode): boolean {
  return mode === 'group' || mode === 'time_group'
}

/** Whether the mode uses a seed. */
export function hasChance(mode: SplitMode): boolean {
  return hasGroups(mode) || mode === 'random'
}

export function splitToForm(split: ConfigInput['split'] = {}): SplitForm {
  const config = { ...USUAL, ...split }
  const { validation, test } = config.dates as Record<string, string | undefined>
  return {
    mode: config.mode,
    cutBy: validation === undefined && test === undefined ? 'shares' : 'dates',
    ratios: split.ratios === undefined ? USUAL.ratios : { ...NO_SHARES, ...split.ratios },
    dates: { validation: asUtc(validation), test: asUtc(test) },
    embargoSeconds: config.embargo_seconds,
    by: config.by,
    stratify: config.stratify,
    unseen: config.unseen,
    seed: config.seed,
  }
}

const NO_SHARES = { train: 0, validation: 0, test: 0 }

/** Return the config's `split`; undefined where nothing is split. */
export function formToSplit(form: SplitForm): ConfigInput['split'] {
  if (form.mode === 'none') return undefined
  const byDates = isInTime(form.mode) && form.cutBy === 'dates'
  return {
    mode: form.mode,
    ...withoutUsual<Record<string, unknown>>(
      {
        ...(byDates ? { dates: datesOf(form) } : { ratios: sharesOf(form) }),
        ...(isInTime(form.mode) ? { embargo_seconds: form.embargoSeconds } : {}),
        ...(hasGroups(form.mode) ? { by: form.by } : {}),
        ...(form.mode === 'group' ? { stratify: form.stratify } : {}),
        ...(form.mode === 'time_group' ? { unseen: form.unseen } : {}),
        ...(hasChance(form.mode) ? { seed: form.seed } : {}),
      },
      USUAL,
    ),
  }
}

function sharesOf({ ratios }: SplitForm): Record<string, number> {
  return Object.fromEntries(SPLITS.filter((name) => ratios[name] !== 0).map((name) => [name, ratios[name]]))
}

function datesOf({ dates }: SplitForm): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dates).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}

export function splitProblems(form: SplitForm): Problems {
  if (form.mode === 'none') return {}
  const byDates = isInTime(form.mode) && form.cutBy === 'dates'
  return found({
    ...(byDates ? dateProblems(form) : shareProblems(form)),
    'split.embargo_seconds':
      isInTime(form.mode) &&
      !(form.embargoSeconds >= 0 && form.embargoSeconds <= TEN_YEARS_SECONDS) &&
      'Enter a time from 0 to ten years.',
    'split.by': hasGroups(form.mode) && form.by === '' && 'Choose a column.',
    'split.unseen':
      form.mode === 'time_group' &&
      !(form.unseen >= 0 && form.unseen < 1) &&
      'Enter at least 0 and less than 100%.',
    'split.seed': hasChance(form.mode) && wholeNumberProblem(form.seed, 0, MOST_SEED),
  })
}

function shareProblems({ ratios }: SplitForm): Record<string, string | false> {
  const single = Object.fromEntries(
    SPLITS.map((name) => [
      `split.ratios.${name}`,
      !(ratios[name] >= 0 && ratios[name] <= 1) && 'Enter 0 to 100%.',
    ]),
  )
  if (Object.values(single).some(Boolean)) return single
  const total = ratios.train + ratios.validation + ratios.test
  return {
    'split.ratios':
      Math.abs(total - 1) > TOLERANCE && `The shares add up to ${percentText(total)}, not 100%.`,
    'split.ratios.train': ratios.train === 0 && 'Enter more than 0.',
  }
}

function dateProblems({ dates: { validation, test } }: SplitForm): Record<string, string | false> {
  const isBackwards = validation !== null && test !== null && Date.parse(test) <= Date.parse(validation)
  return {
    'split.dates': validation === null && test === null && 'Set when validation or test starts.',
    'split.dates.test': isBackwards && 'Test must start after validation.',
  }
}

function percentText(share: number): string {
  return `${Number((share * 100).toFixed(4))}%`
}
