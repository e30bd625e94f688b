import { fireEvent, screen, within } from '@testing-library/react'
import { useState } from 'react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { ConfigInput } from '@/lib/api/exports'
import {
  DEFAULT_FORM,
  type ExportForm,
  configToForm,
  formToConfig,
  optionProblems,
} from '@/features/new-export/form'
import { network } from '@/testing/network'
import { datasetDetails } from '@/testing/records'
import { renderPart } from '@/testing/render'
import { FormSections } from '@/features/new-export/FormSections'
import { PrivacyOptions } from './PrivacyOptions'
import { privacySummary, trainingSummary } from './summary'
import { TrainingOptions } from './TrainingOptions'

let form: ExportForm

interface HostProps {
  initial: ExportForm
  missingKey: string | null
}

function Host({ initial, missingKey }: HostProps) {
  const [value, setValue] = useState(initial)
  const change = (changes: Partial<ExportForm>) => {
    form = { ...value, ...changes }
    setValue(form)
  }
  const config = formToConfig(value)
  const errors = optionProblems(value)
  return (
    <FormSections
      open={[]}
      errors={errors}
      sections={[
        {
          name: 'training',
          title: 'Training',
          words: trainingSummary(config),
          usual: 'splits',
          children: (
            <TrainingOptions
              value={value.training}
              onChange={(training) => change({ training })}
              kinds={[datasetDetails()]}
              errors={errors}
            />
          ),
        },
        {
          name: 'privacy',
          title: 'Privacy',
          words: privacySummary(config),
          usual: 'addresses',
          children: (
            <PrivacyOptions
              value={value.privacy}
              onChange={(privacy) => change({ privacy })}
              missingKey={missingKey}
              errors={errors}
            />
          ),
        },
      ]}
    />
  )
}

// Numbers that identify people, and ids.
const NUMBERS = [/IBANs/, /Phone numbers/, /National ids/, /Coordinates/, /Ids in web addresses/]

function open(config: Partial<ConfigInput> = {}, missingKey: string | null = null) {
  form = configToForm({ ...formToConfig(DEFAULT_FORM), ...config })
  return renderPart(<Host initial={form} missingKey={missingKey} />)
}

/** What the form sends beyond what it sends untouched. */
function added(): Partial<ConfigInput> {
  const usual = Object.keys(formToConfig(DEFAULT_FORM))
  return Object.fromEntries(Object.entries(formToConfig(form)).filter(([name]) => !usual.includes(name)))
}

function choose(label: string, option: string) {
  fireEvent.click(screen.getByRole('combobox', { name: label }))
  const list = within(screen.getByRole('listbox', { name: label }))
  fireEvent.click(list.getByRole('option', { name: option }))
}

function type(label: string, value: string, group?: string) {
  const place = group === undefined ? screen : within(screen.getByRole('group', { name: group }))
  fireEvent.change(place.getByLabelText(label), { target: { value } })
}

function turnOn(name: RegExp) {
  fireEvent.click(screen.getByRole('switch', { name }))
}

function check(name: RegExp) {
  fireEvent.click(screen.getByRole('checkbox', { name }))
}

async function unfold(name: 'Training' | 'Privacy') {
  fireEvent.click(screen.getByRole('button', { name: new RegExp(name) }))
  await screen.findByRole('switch', { name: name === 'Training' ? /Label log lines/ : /Pseudonymise people/ })
}

beforeEach(() => {
  network.use(http.get('*/api/v1/datasets/:kind', () => HttpResponse.json(datasetDetails())))
})

test('the parts are folded away, and an untouched form sends nothing of them', async () => {
  open()
  expect(screen.queryByRole('group', { name: 'Splits' })).toBeNull()
  await unfold('Training')
  await unfold('Privacy')
  expect(screen.getByRole('group', { name: 'Splits' })).toBeVisible()
  expect(added()).toEqual({})
  expect(formToConfig(DEFAULT_FORM)).toEqual({
    data_types: ['logs'],
    start_date: null,
    end_date: null,
    filters: {},
    processes: [],
    validation_level: 'basic',
    output_format: 'parquet',
    compression: 'zstd',
    batch_size: 20_000,
    include_metadata: true,
    max_reject_ratio: 1,
    csv_escape_formulas: true,
  })
})

test('shares of a split are percent, and must add up', async () => {
  open()
  await unfold('Training')
  choose('Split method', 'By time')
  expect(added()).toEqual({ split: { mode: 'time' } })
  type('Train', '72.5', 'Splits')
  expect(screen.getByText('The shares add up to 92.5%, not 100%.')).toBeVisible()
  expect(screen.getByLabelText('Train')).toBeInvalid()
  type('Validation', '0', 'Splits')
  type('Test', '27.5', 'Splits')
  type('Embargo', '2')
  choose('Embargo: unit', 'hours')
  expect(optionProblems(form)).toEqual({})
  expect(added()).toEqual({
    split: { mode: 'time', ratios: { train: 0.725, test: 0.275 }, embargo_seconds: 7200 },
  })
})

test('a split at dates sends dates in place of shares, and needs one', async () => {
  open()
  await unfold('Training')
  choose('Split method', 'By time')
  fireEvent.click(screen.getByRole('radio', { name: 'At dates' }))
  expect(screen.getByText('Set when validation or test starts.')).toBeVisible()
  type('Test starts', '2026-03-01T00:00')
  expect(added()).toEqual({ split: { mode: 'time', dates: { test: '2026-03-01T00:00:00Z' } } })
  type('Validation starts', '2026-04-01T00:00')
  expect(screen.getByText('Test must start after validation.')).toBeVisible()
})

test('groups have a column, and a random split warns', async () => {
  open()
  await unfold('Training')
  choose('Split method', 'By time, with unseen groups')
  choose('Group by', 'process_name')
  type('Unseen groups', '20')
  type('Split seed', '7')
  expect(added()).toEqual({ split: { mode: 'time_group', by: 'process_name', unseen: 0.2, seed: 7 } })
  expect(screen.queryByText('Random splits leak')).toBeNull()
  choose('Split method', 'At random')
  expect(screen.getByText('Random splits leak')).toBeVisible()
  // What the mode has no use for is not sent: the service refuses it.
  expect(added()).toEqual({ split: { mode: 'random', seed: 7 } })
})

test('labels have a window on both sides', async () => {
  const { user } = open()
  await unfold('Training')
  turnOn(/Label log lines/)
  expect(added()).toEqual({ labels: {} })
  check(/Label nearby lines/)
  type('Before the anomaly', '10')
  check(/Label other lines/)
  check(/Confirmed anomalies only/)
  await user.type(screen.getByRole('combobox', { name: 'Detectors' }), 'rule, one{Enter}')
  expect(added()).toEqual({
    labels: {
      window_seconds: { before: 600, after: 300 },
      assume_normal: true,
      confirmed_only: true,
      detectors: ['rule, one'],
    },
  })
})

test('duplicates, a sample and an order', async () => {
  open()
  await unfold('Training')
  choose('Duplicates', 'Collapse bursts')
  type('Burst window', '5')
  choose('Sample', 'Share of rows')
  type('Share to keep', '12.5')
  choose('Stratify by', 'Label')
  choose('Order', 'Shuffled')
  type('Order seed', '3')
  expect(added()).toEqual({
    deduplicate: { mode: 'burst', burst_seconds: 5 },
    sample: { share: 0.125, stratify: 'label' },
    order: { by: 'shuffle', seed: 3 },
  })
  choose('Sample', 'Number of rows')
  type('Rows to keep', '')
  expect(screen.getByText(/^Enter a whole number from 1 to/)).toBeVisible()
  type('Rows to keep', '50000')
  expect(added().sample).toEqual({ rows: 50_000, stratify: 'label' })
})

test('templates and sequences', async () => {
  open()
  await unfold('Training')
  turnOn(/Extract log templates/)
  turnOn(/Build sequences/)
  expect(added()).toEqual({ templates: {}, sequences: {} })
  type('Similarity', '50')
  type('Window size', '20')
  type('Step', '30')
  expect(screen.getByText('Enter a whole number from 1 to 20.')).toBeVisible()
  type('Step', '5')
  expect(added()).toEqual({ templates: { similarity: 0.5 }, sequences: { size: 20, step: 5 } })
  choose('Sequence type', 'Sessions')
  type('Session gap', '1')
  choose('Incomplete windows at the end of a split', 'Drop')
  expect(added().sequences).toEqual({ mode: 'session', gap_seconds: 60, drop_last: true })
})

test('the columns of a kind are chosen in their order, also those that an option adds', async () => {
  open()
  await unfold('Training')
  fireEvent.click(screen.getByRole('combobox', { name: 'Columns of logs' }))
  expect(screen.queryByRole('option', { name: 'label' })).toBeNull()
  turnOn(/Label log lines/)
  fireEvent.click(screen.getByRole('option', { name: 'label' }))
  fireEvent.click(screen.getByRole('option', { name: 'message' }))
  expect(added().fields).toEqual({ logs: ['label', 'message'] })
})

test('privacy sends what is not as usual, and says where its key is', async () => {
  open()
  await unfold('Privacy')
  turnOn(/Pseudonymise people/)
  expect(added()).toEqual({ privacy: { addresses: 'prefix_preserving' } })
  expect(screen.getByText('LUMBER_PRIVACY_KEY')).toBeVisible()
  choose('IP addresses', 'Keep network prefix only')
  type('IPv4 bits to keep', '16')
  check(/User names/)
  const numbers = ['iban', 'phone', 'national_id', 'coordinates', 'url_ids']
  expect(added()).toEqual({
    privacy: {
      addresses: 'truncate',
      ipv4_prefix: 16,
      identifiers: ['mac', 'email', 'host', ...numbers],
    },
  })
  for (const name of [/Hardware/, /E-mail/, /Host names/, ...NUMBERS]) check(name)
  // Networks alone need no key.
  expect(screen.queryByText('LUMBER_PRIVACY_KEY')).toBeNull()
  choose('IP addresses', 'Keep')
  check(/Remove secrets/)
  expect(
    screen.getByText('These options replace nothing. Choose what to replace, or turn privacy off.'),
  ).toBeVisible()
})

test('a service without a key says so where privacy is asked for', async () => {
  open({ privacy: {} }, 'privacy.key: is missing: make one with `openssl rand -hex 32`')
  expect(screen.getByRole('alert')).toHaveTextContent(
    'The key is missing: make one with `openssl rand -hex 32`',
  )
  choose('IP addresses', 'Remove')
  for (const name of [/Hardware/, /E-mail/, /User/, /Host names/, ...NUMBERS]) check(name)
  expect(screen.queryByRole('alert')).toBeNull()
})

test('a config with something in a part opens it, and says what is on', async () => {
  open({ sample: { rows: 1000 }, order: { by: 'shuffle' }, templates: {} })
  expect(screen.getByRole('button', { name: /Training/ })).toHaveTextContent(
    'Training1,000 rows, shuffled, templates',
  )
  expect(screen.getByRole('group', { name: 'Splits' })).toBeVisible()
  expect(screen.queryByRole('switch', { name: /Pseudonymise people/ })).toBeNull()
})
