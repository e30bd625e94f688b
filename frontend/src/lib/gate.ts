import { formatCount, formatPercent, plural } from './format'

/** A gate as its form holds it: what a new version must be like to become the latest one. */
export interface GateForm {
  isOn: boolean
  holdsSchemaChange: boolean
  /** Limits are NaN if they hold nothing. Shares are from 0 to 1. */
  drift: number
  rejects: number
  minRows: number
  maxRows: number
  minRatio: number
  maxRatio: number
  classChange: number
  /** Name of a frozen test set; null for none. */
  testSet: string | null
  testShare: number
  /** The gate as it was: what the form doesn't show stays. */
  before: Gate
}

/** The service checks its fields. */
export type Gate = Record<string, unknown>

/** In `max_drift`: every column that isn't named. */
const ALL = '*'

/** What a gate is when somebody turns it on. */
const USUAL: Gate = {
  max_drift: { [ALL]: 0.3 },
  max_reject_ratio: 0.05,
  rows: { min_ratio: 0.2, max_ratio: 5 },
}

export function gateToForm(gate: Gate | null): GateForm {
  const shown = gate ?? USUAL
  const rows = partOf(shown['rows'])
  const testSet = partOf(shown['test_set'])
  return {
    isOn: gate !== null,
    holdsSchemaChange: shown['schema_change'] !== 'allow',
    drift: numberOf(partOf(shown['max_drift'])[ALL]),
    rejects: numberOf(shown['max_reject_ratio']),
    minRows: numberOf(rows['min']),
    maxRows: numberOf(rows['max']),
    minRatio: numberOf(rows['min_ratio']),
    maxRatio: numberOf(rows['max_ratio']),
    classChange: numberOf(shown['max_class_change']),
    testSet: typeof testSet['name'] === 'string' ? testSet['name'] : null,
    testShare: typeof testSet['max_share'] === 'number' ? testSet['max_share'] : 0,
    before: gate ?? {},
  }
}

/** Return the gate to send; null without one. */
export function formToGate(form: GateForm): Gate | null {
  if (!form.isOn) return null
  const { before } = form
  const columns = Object.fromEntries(columnLimits(before))
  const rows = {
    ...partOf(before['rows']),
    min: orNull(form.minRows),
    max: orNull(form.maxRows),
    min_ratio: orNull(form.minRatio),
    max_ratio: orNull(form.maxRatio),
  }
  const hasRows = Object.entries(rows).some(([name, value]) => name !== 'of_last' && value !== null)
  return {
    ...before,
    schema_change: form.holdsSchemaChange ? 'hold' : 'allow',
    max_drift: Number.isNaN(form.drift) ? columns : { ...columns, [ALL]: form.drift },
    max_reject_ratio: orNull(form.rejects),
    rows: hasRows ? rows : null,
    max_class_change: orNull(form.classChange),
    test_set:
      form.testSet === null
        ? null
        : { name: form.testSet, max_share: Number.isNaN(form.testShare) ? 0 : form.testShare },
  }
}

/** Return what is wrong with the form, by the field of the gate. */
export function gateProblems(form: GateForm): Record<string, string> {
  if (!form.isOn) return {}
  const found: Record<string, string> = {}
  if (form.maxRows < form.minRows) found['rows.max'] = `Enter at least ${formatCount(form.minRows)}.`
  if (form.maxRatio < form.minRatio) found['rows.max_ratio'] = `Enter at least ${form.minRatio}.`
  return found
}

/** Return the limits of single columns, which the form keeps and doesn't change. */
export function columnLimits(gate: Gate): [string, number][] {
  return Object.entries(partOf(gate['max_drift'])).filter(
    (entry): entry is [string, number] => entry[0] !== ALL && typeof entry[1] === 'number',
  )
}

/** Return what holds a version, in words. */
export function gateSentences(gate: Gate): string[] {
  const form = gateToForm(gate)
  const percent = formatPercent
  const columns = columnLimits(gate)
    .map(([name, limit]) => `${name}: ${percent(limit)}`)
    .join(', ')
  const found: [boolean, string][] = [
    [form.holdsSchemaChange, 'Data types, columns or their types changed.'],
    [isSet(form.minRows), `It has fewer than ${plural(form.minRows, 'row')}.`],
    [isSet(form.maxRows), `It has more than ${plural(form.maxRows, 'row')}.`],
    [isSet(form.minRatio), `A data type has fewer rows than ${form.minRatio} times the usual number.`],
    [isSet(form.maxRatio), `A data type has more rows than ${form.maxRatio} times the usual number.`],
    [isSet(form.rejects), `More than ${percent(form.rejects)} of the rows of a data type were rejected.`],
    [isSet(form.drift), `The values of a column moved by more than ${percent(form.drift)}.`],
    [columns !== '', `The values of these columns moved by more than their own limit (${columns}).`],
    [
      isSet(form.classChange),
      `The share of a label or level changed by more than ${percent(form.classChange)}.`,
    ],
    [
      form.testSet !== null,
      form.testShare > 0
        ? `More than ${percent(form.testShare)} of its new rows are in the test set ${form.testSet}.`
        : `One of its rows is in the test set ${form.testSet}.`,
    ],
  ]
  return found.filter(([holds]) => holds).map(([, text]) => text)
}

function partOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : NaN
}

function isSet(limit: number): boolean {
  return !Number.isNaN(limit)
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
