import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ConfigInput } from '@/lib/api/exports'
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
import { RELATIVE_RANGES } from './relative'
import { privacyToForm } from './training/privacy'
import { trainingToForm } from './training/training'

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

const shares = fc
  .tuple(fc.integer({ min: 1, max: 98 }), fc.integer({ min: 1, max: 98 }))
  .filter(([one, other]) => one + other < 100)
  .map(([one, other]) => ({ train: one / 100, validation: other / 100, test: (100 - one - other) / 100 }))
const seed = fc.integer({ min: 1 })
const seconds = fc.integer({ min: 1, max: 100_000 })
const splits: fc.Arbitrary<ConfigInput['split']> = fc.oneof(
  fc.constant({ mode: 'time' as const, dates: { test: '2026-03-01T00:00:00.000001Z' } }),
  fc.record({
    mode: fc.constant('time' as const),
    ratios: fc.constant({ train: 0.75, test: 0.25 }),
    embargo_seconds: seconds,
  }),
  fc.record({
    mode: fc.constant('group' as const),
    ratios: shares,
    by: fc.constant('host_name'),
    stratify: fc.constantFrom('log_level' as const, 'label' as const),
    seed,
  }),
  fc.record({ mode: fc.constant('time_group' as const), unseen: fc.constant(0.25), seed }),
  fc.record({ mode: fc.constant('random' as const), ratios: shares, seed }),
)
/** Configs as the form writes them: with what does something, and without what is as usual. */
const options: fc.Arbitrary<Partial<ConfigInput>> = fc.record(
  {
    split: splits,
    labels: fc.record(
      {
        window_seconds: fc.record({ before: seconds, after: seconds }),
        assume_normal: fc.constant(true),
        confirmed_only: fc.constant(true),
        only: fc.constant(true),
        detectors: fc.uniqueArray(text, { minLength: 1 }),
      },
      { requiredKeys: [] },
    ),
    deduplicate: fc.constantFrom(
      { mode: 'exact' as const },
      { mode: 'burst' as const },
      { mode: 'burst' as const, burst_seconds: 5 },
    ),
    sample: fc.oneof(
      fc.record({ share: fc.double({ min: 0.001, max: 0.999, noNaN: true }), seed }),
      fc.record({ rows: seconds, stratify: fc.constantFrom('log_level' as const, 'label' as const) }),
    ),
    order: fc.record({ by: fc.constant('shuffle' as const), seed }),
    templates: fc.constantFrom(
      {},
      { masks: ['ip', 'num'] },
      { similarity: 0.5, prefix_tokens: 3 },
      { custom_masks: { order: 'ORD-[0-9]+ = x', job: '^ j' }, keep: ['404'] },
    ),
    sequences: fc.constantFrom(
      {},
      { size: 20, step: 5, drop_last: false },
      { unit: 'seconds' as const, size: 600, max_length: 100 },
      { mode: 'session' as const, gap_seconds: 60, max_length: 100 },
    ),
    fields: fc.constant({ logs: ['message', 'timestamp'] }),
  },
  { requiredKeys: [] },
)
const privacies: fc.Arbitrary<ConfigInput['privacy']> = fc.constantFrom(
  undefined,
  {},
  { addresses: 'truncate', ipv4_prefix: 16 },
  { addresses: 'keep', identifiers: ['email', 'host'], context: 'Acme' },
  { addresses: 'drop', identifiers: [], secrets: false, drop_scope: true },
  { addresses: 'truncate', renumber_ids: true },
  { addresses: 'truncate', shift_times: true, shift_group: 'lab' },
  { addresses: 'token', identifiers: ['host'], known_values: true },
  { addresses: 'token', k_anonymity: [['device_id'], ['process_name', 'log_level']] },
  {
    addresses: 'token',
    rules: {
      allow: [],
      deny: [{ value: 'Falcon', type: 'project', matches: [], leaves: [] }],
      columns: { process_name: 'keep' },
      json_paths: { 'customer.id': 'token' },
    },
  },
)

const forms: fc.Arbitrary<ExportForm> = fc
  .record({
    source: fc.constantFrom(null, 'plant'),
    kinds: fc.uniqueArray(fc.constantFrom('logs', 'anomalies', 'ips'), { minLength: 1 }),
    start: fc.option(moments),
    end: fc.option(moments),
    isEndExcluded: fc.boolean(),
    relative: fc.option(
      fc.record({
        range: fc.constantFrom(...RELATIVE_RANGES, 'last 5 hours'),
        zone: fc.constantFrom(null, 'Europe/Berlin'),
      }),
    ),
    processes: fc.uniqueArray(text),
    filters: filterRows,
    format: fc.constantFrom(...FORMATS),
    compression: fc.constantFrom(...COMPRESSIONS),
    level: fc.constantFrom(...LEVELS),
    batchSize: fc.integer({ min: 1, max: 1_000_000 }),
    includeMetadata: fc.boolean(),
    maxRejectRatio: fc.double({ min: 0, max: 1, noNaN: true }).map((ratio) => ratio + 0), // no -0: JSON has none
    escapesFormulas: fc.boolean(),
    isPlanEstimated: fc.boolean(),
    partitionBy: fc.constantFrom('date' as const, 'month' as const, null),
    publishing: fc
      .record({
        dataset: fc.constantFrom('', 'plant'),
        isIncremental: fc.boolean(),
        isNewMajor: fc.boolean(),
        destination: fc.constantFrom(null, 'lake'),
      })
      .map((form) => ({
        ...form,
        isIncremental: form.isIncremental && form.dataset !== '',
        isNewMajor: form.isNewMajor && form.dataset !== '',
      })),
    training: options.map(trainingToForm),
    privacy: privacies.map(privacyToForm),
  })
  // Columns of a kind that is not chosen are not sent.
  .map((form) =>
    form.kinds.includes('logs') ? form : { ...form, training: { ...form.training, columns: {} } },
  )
  // Relative dates replace the others.
  .map((form) => (form.relative === null ? form : { ...form, start: null, end: null }))
  // No end can't be excluded.
  .map((form) => ({ ...form, isEndExcluded: form.isEndExcluded && form.end !== null }))

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

  test('an end that is excluded stays so in a clone', () => {
    const sent = { data_types: ['logs'], end_before: '2026-02-01T00:00:00Z' }
    const form = configToForm(sent)
    expect([form.end, form.isEndExcluded]).toEqual(['2026-02-01T00:00:00Z', true])
    expect(formToConfig(form)).toMatchObject({ end_date: null, end_before: '2026-02-01T00:00:00Z' })
    expect(validateForm({ ...form, start: form.end })).toEqual({ end: 'The end is not after the start.' })
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
