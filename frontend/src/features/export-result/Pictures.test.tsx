import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import type { LeakagePair } from '@/lib/api/manifest'
import { network } from '@/testing/network'
import { renderPart } from '@/testing/render'
import { BalanceBars } from './BalanceBars'
import { lengthClasses } from './bins'
import { LeakageTable } from './LeakageTable'
import { NullsOverTime } from './NullsOverTime'
import { RowsOverTime } from './RowsOverTime'
import { SequenceLengths } from './SequenceLengths'
import { TemplateFrequency } from './TemplateFrequency'

test('the class balance of each split is a bar with its numbers', () => {
  const labels = { train: { '1': 30, '0': 10, null: 60 }, test: { '1': 0, '0': 0, null: 0 } }
  renderPart(<BalanceBars labels={labels} />)
  const section = within(screen.getByRole('region', { name: 'Class balance' }))
  expect(section.getByText('label 1: 30 (30%), label 0: 10 (10%), no label: 60 (60%)')).toBeVisible()
  expect(section.getByText('no rows')).toBeVisible()
})

test('leakage is a matrix of splits, of the measure that is chosen', async () => {
  const pair = (a: string, b: string, exact: number, groups: number): LeakagePair => ({
    a,
    b,
    exact: { columns: [], rows: 1, share: exact },
    near: null,
    template: null,
    groups: { columns: [], rows: 1, share: groups },
    time: null,
  })
  const pairs = [
    pair('train', 'validation', 0.25, 1),
    pair('train', 'test', 0, 1),
    pair('validation', 'test', 0.5, 1),
  ]
  const { user } = renderPart(<LeakageTable pairs={pairs} />)
  const rows = () =>
    within(screen.getByRole('table', { name: /Rows of the split on the left/ }))
      .getAllByRole('row')
      .map((row) => row.textContent)
  expect(rows()).toEqual(['in trainin validation', 'validation25%–', 'testnone50%'])
  await user.click(screen.getByText('Same group', { selector: 'span' }))
  expect(rows()).toEqual(['in trainin validation', 'validation100%–', 'test100%100%'])
})

test('anomalies are drawn over the volume of logs, and said', () => {
  const time = (days: Record<string, number>) => ({
    first: '2026-01-01T00:00:04Z',
    last: '2026-01-02T23:59:58Z',
    rows_per_day: days,
    longest_gaps: [],
  })
  renderPart(
    <RowsOverTime
      kind="logs"
      time={time({ '2026-01-01': 100, '2026-01-02': 200 })}
      anomalies={time({ '2026-01-01': 1, '2026-01-02': 4 })}
    />,
  )
  const name =
    'Rows of logs over time: 300 rows in 2 bars, at most 200 per bar. Over it 5 anomalies, at most 4 on 2026-01-02.'
  expect(screen.getByRole('img', { name })).toBeInTheDocument()
  expect(screen.getByText(/^Red, on the right axis: anomalies\./)).toBeVisible()
})

test('rows over time take the bins of the report where it has them', () => {
  const time = {
    first: '2026-01-01T00:00:04Z',
    last: '2026-01-01T00:00:24Z',
    rows_per_day: { '2026-01-01': 7 },
    longest_gaps: [],
    bins: { seconds: 8, start: '2026-01-01T00:00:00Z', places: [0, 2], rows: [5, 2] },
  }
  renderPart(<RowsOverTime kind="logs" time={time} />)
  expect(
    screen.getByRole('img', { name: 'Rows of logs over time: 7 rows in 2 bars, at most 5 per bar.' }),
  ).toBeInTheDocument()
})

test('missing values are shown over time, of the column that changes most or is chosen', async () => {
  const nulls = {
    seconds: 8,
    start: '2026-01-01T00:00:00Z',
    places: [0, 1],
    rows: [10, 20],
    columns: { host_name: [5, 10], device_id: [0, 15] },
  }
  const { user } = renderPart(<NullsOverTime nulls={nulls} />)
  expect(screen.getByText('From 0% to 75% of the rows have no device_id.')).toBeVisible()
  await user.selectOptions(screen.getByRole('combobox', { name: 'Column' }), 'host_name')
  const name = 'Missing values of host_name over time: from 50% to 50% of the rows.'
  expect(screen.getByRole('img', { name })).toBeInTheDocument()
})

test('templates are shown by frequency, with how many are rare', async () => {
  network.use(
    http.get('*/api/v1/export/e-1/rows', () =>
      HttpResponse.json({
        rows: [{ place: 0, values: { template: 'Accepted for <*> from <ip>', count: 90 } }],
        columns: [],
      }),
    ),
  )
  const counts = {
    templates: 8,
    uncounted: 0,
    by_rows: [
      { from: 1, to: 1, templates: 5, rows: 5 },
      { from: 2, to: 9, templates: 2, rows: 5 },
      { from: 10, to: 99, templates: 1, rows: 90 },
    ],
  }
  renderPart(<TemplateFrequency exportId="e-1" counts={counts} />)
  expect(screen.getByText('7 of 8 templates have fewer than 10 rows each: 10% of all rows.')).toBeVisible()
  expect(await screen.findByText('Accepted for <*> from <ip>')).toBeVisible()
  expect(screen.getByText('2 to 9 rows')).toBeVisible()
})

test('sequences are shown by length, in few classes', () => {
  const byLength = Array.from({ length: 20 }, (_, index) => ({
    from: index + 1,
    to: index + 1,
    sequences: 1,
  }))
  renderPart(
    <SequenceLengths
      counts={{ sequences: 20, events: 210, shortest: 1, longest: 20, by_length: byLength }}
    />,
  )
  expect(screen.getByText('20 sequences, 11 events on average, from 1 to 20.')).toBeVisible()
  expect(lengthClasses(byLength)).toEqual([
    { name: '1', sequences: 1 },
    { name: '2 to 3', sequences: 2 },
    { name: '4 to 7', sequences: 4 },
    { name: '8 to 15', sequences: 8 },
    { name: '16 to 31', sequences: 5 },
  ])
})
