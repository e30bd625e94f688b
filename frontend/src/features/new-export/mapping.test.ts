import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { momentToWall, endOfSecond, wallToMoment } from '@/lib/time'
import { type FilterRow, filtersToRows, rowsToFilters } from './filters'
import { placeErrors } from './field-errors'
import {
  COMPRESSIONS,
  DEFAULT_FORM,
  type ExportForm,
  FORMATS,
  LEVELS,
  configToForm,
  formToConfig,
  validateForm,
  withoutDefaults,
} from './form'
import { quickRange } from './quick-ranges'

const moments = fc
  .tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.option(fc.stringMatching(/^\d{5}[1-9]$/)))
  .map(([second, digits]) => {
    const whole = new Date(second * 1000).toISOString().slice(0, 19)
    return digits === null ? `${whole}Z` : `${whole}.${digits}Z`
  })
const text = fc.string({ minLength: 1 })
const values: Record<string, fc.Arbitrary<string[]>> = {
  eq: text.map((value) => [value]),
  gte: fc.integer().map((value) => [String(value)]),
  in: fc.array(text, { minLength: 1, maxLength: 3 }),
  cidr: fc.constantFrom(['10.0.0.0/8'], ['::/0', '192.168.0.0/16']),
  is_null: fc.constantFrom(['true'], ['false']),
}
const rows = fc
  .record({
    kind: fc.constantFrom('', 'logs', 'ips'),
    column: fc.constantFrom('message', 'risk_score', 'device_ip'),
    operator: fc.constantFrom(...Object.keys(values)),
  })
  .chain((row) =>
    (values[row.operator] ?? fc.constant(['x'])).map((given) => ({ ...row, id: '', values: given })),
  )
const filterRows = fc.uniqueArray(rows, { selector: (row) => `${row.kind}.${row.column} ${row.operator}` })

const forms: fc.Arbitrary<ExportForm> = fc.record({
  kinds: fc.uniqueArray(fc.constantFrom('logs', 'anomalies', 'ips'), { minLength: 1 }),
  start: fc.option(moments),
  end: fc.option(moments),
  processes: fc.uniqueArray(text),
  filters: filterRows,
  format: fc.constantFrom(...FORMATS),
  compression: fc.constantFrom(...COMPRESSIONS),
  level: fc.constantFrom(...LEVELS),
  batchSize: fc.integer({ min: 1, max: 1_000_000 }),
  includeMetadata: fc.boolean(),
  maxRejectRatio: fc.double({ min: 0, max: 1, noNaN: true }).map((ratio) => ratio + 0), // no -0: JSON has none
  escapesFormulas: fc.boolean(),
  others: fc.constantFrom<ExportForm['others']>(
    {},
    {
      split: { mode: 'time', ratios: { train: 1 }, embargo_seconds: 60, by: 'device_id', unseen: 0, seed: 7 },
    },
    { fields: { logs: ['message'] } },
  ),
})

/** Rows without what only editing needs, and in the order of their keys. */
function plain(filters: FilterRow[]) {
  return filters
    .map(({ kind, column, operator, values: given }) => JSON.stringify([kind, column, operator, given]))
    .toSorted()
}

describe('the form and its config', () => {
  test('a form survives the way through a config, sent as JSON', () => {
    fc.assert(
      fc.property(forms, (form) => {
        const sent = JSON.parse(JSON.stringify(formToConfig(form))) as Record<string, unknown>
        const back = configToForm(sent)
        expect({ ...back, filters: plain(back.filters) }).toEqual({ ...form, filters: plain(form.filters) })
      }),
    )
  })

  test('leaving out what the service takes anyway does not change the meaning', () => {
    fc.assert(
      fc.property(forms, (form) => {
        const config = formToConfig(form)
        expect(formToConfig(configToForm({ ...withoutDefaults(config) }))).toEqual(
          formToConfig(configToForm({ ...config })),
        )
      }),
    )
  })

  test('a config of the service comes back to the microsecond, whatever way it writes its times', () => {
    const form = configToForm({
      data_types: ['logs'],
      start_date: '2026-01-01T01:00:00.123456+01:00',
      end_date: '2026-01-31T23:59:59.999999',
    })
    expect([form.start, form.end]).toEqual(['2026-01-01T00:00:00.123456Z', '2026-01-31T23:59:59.999999Z'])
  })

  test('a config without fields means what the service takes it to mean', () => {
    const form = configToForm({ data_types: ['ips'], compression: true })
    expect(form).toMatchObject({ format: 'json', compression: 'gzip', batchSize: 1000, level: 'basic' })
    expect(configToForm({ data_types: ['ips'], output_format: 'arrow', compression: true }).compression).toBe(
      'zstd',
    )
    expect(configToForm({ data_types: ['ips'], compression: false }).compression).toBe('none')
  })

  test('what a person sets on a local clock is covered: both ends, in every zone', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/St_Johns',
      'Asia/Kathmandu',
      'Pacific/Apia',
    )
    fc.assert(
      fc.property(moments, zones, (moment, zone) => {
        const wall = momentToWall(moment, zone) ?? ''
        const start = wallToMoment(wall, zone) ?? ''
        // Nobody can set below a second: the start is at or before the moment, the end at or after it,
        // but for the hour that a clock shows twice, where the first one is meant.
        const isFirst = Date.parse(moment) - Date.parse(start) < 1000
        fc.pre(isFirst)
        expect(Date.parse(start)).toBeLessThanOrEqual(Date.parse(moment))
        expect(Date.parse(endOfSecond(start))).toBeGreaterThanOrEqual(Date.parse(moment))
      }),
    )
  })
})

describe('filters', () => {
  test('numbers are numbers, whole ones past 2^53 stay exact text', () => {
    const row = { id: '', kind: 'ips', column: 'sightings', operator: 'gte', type: 'integer' }
    expect(rowsToFilters([{ ...row, values: ['50'] }])).toEqual({ 'ips.sightings': { gte: 50 } })
    expect(rowsToFilters([{ ...row, values: ['9007199254740993'] }])).toEqual({
      'ips.sightings': { gte: '9007199254740993' },
    })
    expect(rowsToFilters([{ ...row, values: ['007'] }])).toEqual({ 'ips.sightings': { gte: '007' } })
  })

  test('text that looks like a number stays text', () => {
    const row = { id: '', kind: 'logs', column: 'message', operator: 'eq', type: 'text', values: ['50'] }
    expect(rowsToFilters([row])).toEqual({ 'logs.message': '50' })
  })

  test('short forms of old configs are understood', () => {
    const found = filtersToRows({
      log_level: ['ERROR'],
      device_id: null,
      'ips.risk_score': { gte: 5, lt: 9 },
    })
    expect(found.map(({ kind, column, operator, values: given }) => [kind, column, operator, given])).toEqual(
      [
        ['', 'log_level', 'in', ['ERROR']],
        ['', 'device_id', 'is_null', ['true']],
        ['ips', 'risk_score', 'gte', ['5']],
        ['ips', 'risk_score', 'lt', ['9']],
      ],
    )
  })
})

describe('what is wrong', () => {
  test('is said before the service is asked', () => {
    const row = { id: '1', kind: 'logs', column: 'message', operator: 'eq', values: [''] }
    const errors = validateForm({
      ...DEFAULT_FORM,
      kinds: [],
      start: '2026-01-02T00:00:00Z',
      end: '2026-01-01T00:00:00Z',
      batchSize: 0,
      filters: [row, { ...row, id: '2', values: ['x'] }],
    })
    expect(Object.keys(errors).toSorted()).toEqual([
      'batchSize',
      'end',
      'filters.0.values',
      'filters.1.operator',
      'kinds',
    ])
    expect(validateForm(DEFAULT_FORM)).toEqual({})
  })

  test('lands at its field when the service says it', () => {
    const form = {
      ...DEFAULT_FORM,
      filters: [{ id: '1', kind: 'ips', column: 'address', operator: 'cidr', values: ['x'] }],
    }
    const problem = {
      type: '',
      title: '',
      status: 422,
      detail: '',
      instance: '',
      code: 'config_invalid',
      request_id: '',
      errors: [
        { field: 'end_date', value: null, message: 'is before start_date', allowed: [] },
        { field: 'filters.ips.address', value: 'x', message: "cidr: 'x' is not a network", allowed: [] },
        { field: 'compression', value: 'gzip', message: 'is not one of it', allowed: ['none', 'zstd'] },
        { field: 'processes.0', value: '', message: 'is not a process name', allowed: [] },
        { field: 'nope', value: 1, message: 'is not a field', allowed: [] },
      ],
    }
    expect(placeErrors(problem, form)).toEqual({
      fields: {
        end: 'is before start_date.',
        'filters.0.values': "cidr: 'x' is not a network.",
        compression: 'is not one of it. Allowed: none, zstd.',
        processes: 'is not a process name.',
      },
      others: ['nope: is not a field.'],
    })
  })
})

test('a quick range ends now and is as long as it says', () => {
  const now = Date.parse('2026-03-29T12:00:00.700Z')
  expect(quickRange(3600, now)).toEqual({ start: '2026-03-29T11:00:00Z', end: '2026-03-29T12:00:00Z' })
  expect(quickRange(null, now)).toEqual({ start: null, end: null })
})
