import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE } from '@/testing/records'
import { renderApp } from '@/testing/render'
import type { Comparison, DriftReport, RowReport } from './compare'

const SIDE = {
  export_id: 'a-1',
  name: HOSTILE,
  what: 'logs · all time · parquet',
  created_at: '2026-02-01T09:00:00Z',
  rows: 1200,
  bytes: 2048,
}
const COMPARISON: Comparison = {
  a: SIDE,
  b: { ...SIDE, export_id: 'b-2', name: null, rows: 1190 },
  kinds: [
    {
      kind: 'logs',
      counts: [{ what: 'written', a: 1200, b: 1190 }],
      splits: [{ what: 'train', a: null, b: 1000 }],
      times: [{ what: 'first', a: '2026-01-01T00:00:04Z', b: null }],
      columns: [{ name: 'label', a: null, b: 'int8' }],
      same_columns: 12,
      filled: [{ value: 'device_id', a: 0.9, b: 1 }],
      distributions: [{ of: 'levels', distance: 0.1234, shares: [{ value: HOSTILE, a: 0.6, b: 0.5 }] }],
    },
  ],
  config: [{ field: 'split.mode', a: 'none', b: 'time' }],
  notes: [],
}
const DRIFT: DriftReport = {
  columns: [
    {
      kind: 'logs',
      column: 'process_name',
      type: 'string',
      distance: 0.31,
      measure: 'jensen-shannon',
      nulls: { value: 'process_name', a: 0, b: 0.01 },
      distinct: { what: 'process_name', a: 14, b: 15 },
      most: { value: 'sshd', a: 0.2, b: 0.4 },
      median_a: null,
      median_b: null,
    },
  ],
  is_complete: true,
  notes: [],
}
const ROWS: RowReport = {
  is_same: false,
  kinds: [{ kind: 'logs', rows_a: 1200, rows_b: 1190, added: 0, removed: 10, changed: 1, moved: 0 }],
  examples: [
    {
      kind: 'logs',
      id: 7,
      changes: ['changed'],
      split_a: 'train',
      split_b: 'train',
      columns: [{ column: 'message', a: `"${HOSTILE}"`, b: '"x"' }],
    },
  ],
  is_complete: true,
  notes: [],
}

beforeEach(() => {
  network.use(
    http.get('*/api/v1/export/a-1/compare/b-2', () => HttpResponse.json(COMPARISON)),
    http.get('*/api/v1/export/a-1/compare/b-2/drift', () => HttpResponse.json(DRIFT)),
    http.get('*/api/v1/export/a-1/compare/b-2/rows', () => HttpResponse.json(ROWS)),
  )
})

test('two exports are compared by rows, config, columns, distributions and drift', async () => {
  renderApp('/compare?a=a-1&b=b-2')
  const differing = await screen.findByRole('table', { name: 'Rows that differ' })
  expect(within(differing).getByRole('row', { name: 'logs 1,200 1,190 0 10 1 0' })).toBeVisible()
  const counts = screen.getByRole('table', { name: 'Rows of logs' })
  expect(within(counts).getByRole('row', { name: 'written 1,200 1,190 −10' })).toBeVisible()
  expect(within(counts).getByRole('row', { name: 'split train – 1,000' })).toBeVisible()
  expect(screen.getByRole('row', { name: 'split.mode none time' })).toBeVisible()
  expect(screen.getByRole('row', { name: 'label missing int8' })).toBeVisible()
  expect(screen.getByText('Levels: moved by 0.123')).toBeVisible()
  const drift = await screen.findByRole('table', { name: 'Drift per column' })
  expect(
    within(drift).getByRole('row', {
      name: 'process_name moved by 0.310 sshd: 20% → 40% 14 → 15 0% → 1%',
    }),
  ).toBeVisible()
  // Names, values and rows are text.
  expect(screen.getByRole('link', { name: HOSTILE })).toHaveAttribute('href', '/exports/a-1')
  expect(document.querySelector('img[src="x"]')).toBeNull()
  expect(screen.getByRole('link', { name: 'Swap A and B' })).toHaveAttribute('href', '/compare?a=b-2&b=a-1')
})

test('what limits a comparison is told, and what fails fails alone', async () => {
  const note = 'Its rows were not compared within 30 s.'
  network.use(
    http.get('*/api/v1/export/a-1/compare/b-2/rows', () =>
      HttpResponse.json({ is_same: null, kinds: [], examples: [], is_complete: false, notes: [note] }),
    ),
    http.get('*/api/v1/export/a-1/compare/b-2/drift', () => problemResponse(409, { detail: 'It is gone.' })),
  )
  renderApp('/compare?a=a-1&b=b-2')
  expect(await screen.findByText(note)).toBeVisible()
  expect(await screen.findByText('The values could not be compared')).toBeVisible()
  expect(screen.getByRole('row', { name: 'split.mode none time' })).toBeVisible()
})

test('without two exports the page says where to choose them', async () => {
  renderApp('/compare?a=a-1')
  expect(await screen.findByText('Choose two exports')).toBeVisible()
})
