/** The gate of a schedule: what a new version must be like to become the latest one. */
export interface GateForm {
  isOn: boolean
  holdsSchemaChange: boolean
  /** Limits are NaN if they hold nothing. Shares are from 0 to 1. */
  drift: number
  rejects: number
  minRatio: number
  maxRatio: number
  classChange: number
  /** Name of a frozen test set; empty for none. */
  testSet: string
  /** The gate as it was: what the form doesn't show stays. */
  before: Gate
}

type Gate = Record<string, unknown>

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
  return {
    isOn: gate !== null,
    holdsSchemaChange: shown['schema_change'] !== 'allow',
    drift: numberOf(partOf(shown['max_drift'])[ALL]),
    rejects: numberOf(shown['max_reject_ratio']),
    minRatio: numberOf(rows['min_ratio']),
    maxRatio: numberOf(rows['max_ratio']),
    classChange: numberOf(shown['max_class_change']),
    testSet: String(partOf(shown['test_set'])['name'] ?? ''),
    before: gate ?? {},
  }
}

/** Return the gate to send; null without one. */
export function formToGate(form: GateForm): Gate | null {
  if (!form.isOn) return null
  const { before } = form
  const columns = Object.fromEntries(
    Object.entries(partOf(before['max_drift'])).filter(([name]) => name !== ALL),
  )
  const rows = {
    ...partOf(before['rows']),
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
    test_set: form.testSet === '' ? null : { ...partOf(before['test_set']), name: form.testSet },
  }
}

function partOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : NaN
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
