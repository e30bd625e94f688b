import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { KindQuality } from '@/lib/api/reports'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE, anExport } from '@/testing/records'
import { renderPart } from '@/testing/render'
import { ExportResult } from './ExportResult'
import { openingSnippets, suffixOf } from './opening'

const DETAILS = anExport({
  status: 'completed',
  path: '/srv/it\'s "here"',
  export_config: { data_types: ['logs', 'ips'], output_format: 'parquet', compression: 'zstd' },
})
const SHA = 'ab'.repeat(32)
const QUALITY: KindQuality = {
  rows: 19_960,
  fields: {
    message: { completeness: 1, conformity: 0.9996 },
    device_ip: { completeness: 0.5, conformity: null },
  },
  levels: { INFO: 19_000, ERROR: 960 },
  processes: { sshd: 19_960 },
  time: {
    first: '2026-01-01T00:00:48Z',
    last: '2026-01-31T23:59:08Z',
    rows_per_day: { '2026-01-01': 10_000, '2026-01-02': 9_960 },
    longest_gaps: [{ after: '2026-01-05T00:00:00Z', seconds: 5400 }],
  },
  rejects_by_rule: { 'device_ip.is_address': 8 },
  changes: {},
}

beforeEach(() => {
  network.use(
    http.get('*/api/v1/export/:id/files', () =>
      HttpResponse.json([
        {
          file_id: 'f-1',
          path: 'logs/train-00000-of-00001.parquet',
          kind: 'logs',
          split: 'train',
          rows: 19_960,
          size_bytes: 5_901_192,
          sha256: SHA,
        },
      ]),
    ),
    http.get('*/api/v1/export/:id/quality', () =>
      HttpResponse.json({ logs: QUALITY, ips: { ...QUALITY, rejects_by_rule: {} } }),
    ),
    http.get('*/api/v1/export/:id/rejects', () =>
      HttpResponse.text(
        [
          { kind: 'ips', id: 1, rule: 'is_address', column: 'device_ip', value: 'other kind', reason: 'no' },
          {
            kind: 'logs',
            id: 7,
            rule: 'is_address',
            column: 'device_ip',
            value: HOSTILE,
            reason: 'is not an address',
          },
        ]
          .map((reject) => `${JSON.stringify(reject)}\n`)
          .join('') + '{"kind":"logs","id":8,"cut',
      ),
    ),
    http.get('*/api/v1/export/:id/manifest', () => HttpResponse.json({ manifest_version: 1 })),
  )
})

test('each file can be fetched by its id, and all of them at once', async () => {
  renderPart(<ExportResult details={DETAILS} />)
  const file = await screen.findByRole('link', { name: 'logs/train-00000-of-00001.parquet' })
  expect(file).toHaveAttribute('href', '/api/v1/export/e-1/files/f-1')
  expect(screen.getByRole('link', { name: 'Download all' })).toHaveAttribute(
    'href',
    '/api/v1/export/e-1/download',
  )
  expect(screen.getByText('5.6 MiB')).toBeVisible()
  expect(screen.getByTitle(SHA)).toBeVisible()
})

test('the report tells levels, days, fields and gaps', async () => {
  renderPart(<ExportResult details={DETAILS} />)
  expect(await screen.findByRole('img', { name: 'Levels: INFO 19,000, ERROR 960' })).toBeInTheDocument()
  expect(screen.getByRole('img', { name: /Rows per day \(UTC\): 2026-01-01 10,000/ })).toBeInTheDocument()
  expect(screen.getByText(/the longest gap is 1 h 30 min/)).toBeVisible()
  const row = within(screen.getByRole('row', { name: /device_ip.*50%/ }))
  expect(row.getByText('–')).toBeVisible()
  expect(screen.getByText('>99.9%')).toBeVisible()
})

test('rejects show what the row held, as text', async () => {
  renderPart(<ExportResult details={DETAILS} />)
  expect(await screen.findByText(/row 7: "<img src=x onerror=.* is not an address/)).toBeVisible()
  expect(screen.queryByText(/other kind/)).toBeNull()
  expect(document.querySelector('img[src="x"]')).toBeNull()
})

test('the manifest is fetched when somebody looks', async () => {
  const { user } = renderPart(<ExportResult details={DETAILS} />)
  expect(screen.queryByLabelText('manifest')).toBeNull()
  await user.click(screen.getByRole('button', { name: /The manifest/ }))
  expect(await screen.findByLabelText('manifest')).toHaveTextContent('"manifest_version": 1')
})

test('files that are gone are said, and the rest stays', async () => {
  network.use(
    http.get('*/api/v1/export/:id/files', () => problemResponse(404, { detail: 'The folder is gone.' })),
  )
  renderPart(<ExportResult details={DETAILS} />)
  expect(await screen.findByText('The files could not be listed')).toBeVisible()
  expect(await screen.findByText(/the longest gap/)).toBeVisible()
})

test('the code names the folder as it is, in every language', () => {
  const code = Object.fromEntries(
    openingSnippets(DETAILS.export_config, DETAILS.path ?? '', 'logs').map(({ name, text }) => [name, text]),
  )
  expect(code['datasets']).toContain(`load_dataset("/srv/it's \\"here\\"", "logs")`)
  expect(code['DuckDB']).toContain(`read_parquet('/srv/it''s \\"here\\"/logs/*.parquet')`)
})

test.each([
  ['parquet', 'gzip', '.parquet'],
  ['csv', true, '.csv.gz'],
  ['json', false, '.json'],
  ['jsonl', 'zstd', '.jsonl.zst'],
])('%s with %s ends in %s', (format, compression, suffix) => {
  expect(suffixOf(format, compression)).toBe(suffix)
})

test('without its card a dataset is opened by its files', () => {
  const [first] = openingSnippets({ output_format: 'jsonl', include_metadata: false }, '/srv/x', 'ips')
  expect(first?.text).toContain('load_dataset("json", data_files="/srv/x/ips/*.jsonl")')
})
