import { screen, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Verdict } from '@/lib/api/exports'
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
    last: '2610-05-03T00:00:00Z',
    main: { rows: 19_959, first: '2026-01-01T00:00:48Z', last: '2026-01-31T23:59:08Z' },
    far_out: {
      rows: 1,
      ranges: [{ rows: 1, first: '2610-05-03T00:00:00Z', last: '2610-05-03T00:00:00Z' }],
    },
    rows_per_day: { '2026-01-01': 10_000, '2026-01-02': 9_960 },
    longest_gaps: [{ after: '2026-01-05T00:00:00Z', seconds: 5400 }],
  },
  rejects_by_rule: { 'device_ip.is_address': 8 },
  changes: {},
}

beforeEach(() => {
  network.use(
    http.get('*/api/v1/export/:id/files', ({ request }) =>
      HttpResponse.json(
        [
          {
            file_id: 'f-1',
            path: 'logs/train-00000-of-00001.parquet',
            kind: 'logs',
            split: 'train',
            rows: 19_960,
            size_bytes: 5_901_192,
            sha256: SHA,
          },
          {
            file_id: 'f-2',
            path: 'README.md',
            kind: null,
            split: null,
            rows: 0,
            size_bytes: 1200,
            sha256: SHA,
          },
        ].filter(
          ({ kind }) => (new URL(request.url).searchParams.get('only') === 'data') === (kind !== null),
        ),
      ),
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
  const data = within(await screen.findByRole('region', { name: 'Data' }))
  const file = await data.findByRole('link', { name: 'logs/train-00000-of-00001.parquet' })
  expect(file).toHaveAttribute('href', '/api/v1/export/e-1/files/f-1')
  const documents = within(screen.getByRole('region', { name: 'Documents and rejects' }))
  expect(await documents.findByRole('link', { name: 'README.md' })).toBeVisible()
  expect(data.queryByText('README.md')).toBeNull()
  expect(documents.queryByText(/^logs/)).toBeNull()
  expect(screen.getByRole('link', { name: 'Download all' })).toHaveAttribute(
    'href',
    '/api/v1/export/e-1/download',
  )
  expect(screen.getByText('5.6 MiB')).toBeVisible()
  expect(data.getByTitle(SHA)).toBeVisible()
})

test('the report tells levels, days, fields and gaps', async () => {
  renderPart(<ExportResult details={DETAILS} />)
  const levels = await screen.findByRole('region', { name: 'Log levels' })
  expect(within(levels).getByText('19,000')).toBeVisible()
  const picture = screen.getByRole('img', { name: /^Rows of logs over time: 19,960 rows in 2 bars/ })
  expect(picture).toBeInTheDocument()
  expect(screen.getByText(/longest gap 1 h 30 min/)).toBeVisible()
  expect(screen.getByText(/^1 row is far outside the shown range: 2610-05-03 \(UTC\)/)).toBeVisible()
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

test('the manifest is fetched when somebody looks, without its files', async () => {
  const asked: string[] = []
  network.use(
    http.get('*/api/v1/export/:id/manifest', ({ request }) => {
      asked.push(new URL(request.url).search)
      return HttpResponse.json({ manifest_version: 1 })
    }),
  )
  const { user } = renderPart(<ExportResult details={DETAILS} />)
  const manifest = await screen.findByRole('button', { name: /Manifest/ })
  expect(screen.queryByLabelText('manifest')).toBeNull()
  await user.click(manifest)
  expect(await screen.findByLabelText('manifest')).toHaveTextContent('"manifest_version": 1')
  expect(asked).toEqual(['?files=false'])
})

const SPLIT_EXPORT = anExport({
  status: 'completed',
  path: '/srv/x',
  export_config: {
    data_types: ['logs'],
    split: { mode: 'time' },
    labels: {},
    privacy: { addresses: 'token' },
  },
})
const SHARED = { columns: ['message'], values: 3, rows: 30, share: 0.25 }
const PROVEN = {
  privacy: { addresses: 'token', tokens: ['email', 'host'], secrets: 'removed', key_id: '248b44f485edc306' },
  kinds: {
    logs: {
      read: 1200,
      written: 1080,
      rejected: 20,
      deduplicated: 0,
      sampled_out: 100,
      splits: {
        train: { rows: 960, first: '2026-01-01T00:00:00Z', last: '2026-01-25T00:00:00Z' },
        test: { rows: 120, first: '2026-01-26T00:00:00Z', last: '2026-01-31T00:00:00Z' },
      },
      labels: { train: { '1': 18, '0': 2, null: 940 }, test: { '1': 5, '0': 1, null: 114 } },
      leakage: [
        {
          a: 'train',
          b: 'test',
          rows_a: 960,
          rows_b: 120,
          exact: SHARED,
          near: { ...SHARED, rows: 60, share: 0.5 },
          template: null,
          groups: { ...SHARED, rows: 0, share: 0 },
          time: { columns: ['timestamp'], overlap: false, gap_seconds: 4500 },
          not_checked: { template: 'template_id is not among the columns written' },
        },
      ],
      privacy: {
        replaced: { address: 1234 },
        replaced_by_column: { device_ip: { address: 234 }, message: { address: 1000 } },
        residue_scan: { files: 2, rows: 1080, residues: 0 },
      },
    },
  },
}

test('splits, labels, what splits share and privacy are shown of an export that has them', async () => {
  network.use(http.get('*/api/v1/export/:id/manifest', () => HttpResponse.json(PROVEN)))
  renderPart(<ExportResult details={SPLIT_EXPORT} />)
  const proof = within(await screen.findByRole('region', { name: 'Splits and proof' }))
  const cells = (name: RegExp) =>
    within(proof.getByRole('row', { name }))
      .getAllByRole('cell')
      .map((cell) => cell.textContent)
  expect(
    await proof.findByText(/^1,200 read = 1,080 written \+ 20 rejected \+ 100 not sampled/),
  ).toBeVisible()
  expect(cells(/^train 960/)).toEqual([
    'train',
    '960',
    '88.9%',
    expect.stringContaining('2026-01-01'),
    expect.stringContaining('2026-01-25'),
    '18',
    '2',
    '940',
  ])
  expect(cells(/^train, test/)).toEqual(['train, test', '30 (25%)', '60 (50%)', 'none', '1 h 15 min'])
  expect(proof.getByText(/Not measured: same template: template_id is not among/)).toBeVisible()
  expect(proof.getByText(/tokens for email, host; secrets are removed; key 248b44f485edc306/)).toBeVisible()
  expect(proof.getByText('In message: address 1,000.')).toBeVisible()
  expect(proof.getByText(/2 files, 1,080 rows, no residue/)).toBeVisible()
})

test('an export without any of it does not ask for its manifest', async () => {
  network.use(
    http.get('*/api/v1/export/:id/manifest', () => problemResponse(500, { title: 'Not asked for' })),
  )
  renderPart(<ExportResult details={DETAILS} />)
  await screen.findByText(/longest gap/)
  expect(screen.queryByRole('region', { name: 'Splits and proof' })).toBeNull()
  expect(screen.queryByText('The manifest could not be loaded')).toBeNull()
})

test('files that are gone are said, and the rest stays', async () => {
  network.use(
    http.get('*/api/v1/export/:id/files', () => problemResponse(404, { detail: 'The folder is gone.' })),
  )
  renderPart(<ExportResult details={DETAILS} />)
  expect(await screen.findByText('Data could not be listed')).toBeVisible()
  expect(await screen.findByText(/longest gap/)).toBeVisible()
})

test('a dataset with many files shows them page by page', async () => {
  const all = Array.from({ length: 120 }, (_, index) => ({
    file_id: `f-${index}`,
    path: `logs/train-${String(index).padStart(5, '0')}-of-00120.parquet`,
    kind: 'logs',
    split: 'train',
    rows: 1,
    size_bytes: 10,
    sha256: SHA,
  }))
  const asked: string[] = []
  network.use(
    http.get('*/api/v1/export/:id/files', ({ request }) => {
      const query = new URL(request.url).searchParams
      if (query.get('only') === 'documents') return HttpResponse.json([])
      asked.push(query.toString())
      const start = all.findIndex((file) => file.path === query.get('after')) + 1
      const page = all.slice(start, start + Number(query.get('limit')))
      return HttpResponse.json(page, { headers: { 'X-Total-Count': '120' } })
    }),
  )
  const { user } = renderPart(<ExportResult details={DETAILS} />)
  expect(await screen.findByText('10 of 120 files shown')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Show more files' }))
  expect(await screen.findByText('110 of 120 files shown')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Show more files' }))
  expect(await screen.findByText('logs/train-00119-of-00120.parquet')).toBeVisible()
  expect(screen.queryByText(/files shown/)).toBeNull()
  expect(asked[1]).toBe('only=data&limit=100&after=logs%2Ftrain-00009-of-00120.parquet')
})

const VERDICTS: Verdict[] = [
  {
    topic: 'leakage',
    title: 'Leakage',
    level: 'amber',
    text: 'logs: every device_id of test is also in train.',
    fix: { text: 'Split by device_id instead', changes: { split: { mode: 'group', by: 'device_id' } } },
    thresholds: [{ meaning: 'Share of rows in train', amber: 'above 50%', red: 'never' }],
  },
  {
    topic: 'rejects',
    title: 'Rejects',
    level: 'red',
    text: 'logs: 9 of 10 rows (90%) broke a rule.',
    fix: { text: 'Correct the rows where they come from', changes: null },
    thresholds: [{ meaning: 'Share of rejected rows', amber: 'above 1%', red: 'above 5%' }],
  },
  { topic: 'privacy', title: 'Privacy', level: 'grey', text: 'Not asked for.', fix: null, thresholds: [] },
  { topic: 'balance', title: 'Rows balance', level: 'green', text: 'All.', fix: null, thresholds: [] },
]

test('verdicts come first, say what they mean, and offer what a new export mends', async () => {
  network.use(http.get('*/api/v1/export/:id/verdicts', () => HttpResponse.json(VERDICTS)))
  const onFix = vi.fn()
  const { user } = renderPart(<ExportResult details={DETAILS} onFix={onFix} />)
  const strip = within(screen.getByRole('region', { name: 'Verdicts' }))
  const rows = (await strip.findAllByRole('listitem')).map((row) => row.getAttribute('aria-label'))
  expect(rows).toEqual(['Leakage: check', 'Rejects: problem', 'Privacy: not judged', 'Rows balance: good'])
  expect(screen.getAllByRole('heading', { level: 2 })[0]).toHaveTextContent('Verdicts')
  expect(strip.getByText('logs: every device_id of test is also in train.')).toBeVisible()
  expect(strip.getByText(/broke a rule. Correct the rows where they come from\.$/)).toBeVisible()
  expect(strip.getAllByRole('button')).toHaveLength(1)
  await user.click(strip.getByRole('button', { name: 'Split by device_id instead' }))
  expect(onFix).toHaveBeenCalledExactlyOnceWith('leakage')
  await user.click(strip.getByText('How these are judged'))
  expect(strip.getByRole('row', { name: 'Rejects Share of rejected rows above 1% above 5%' })).toBeVisible()
})

test('who may not export reads the advice', async () => {
  network.use(http.get('*/api/v1/export/:id/verdicts', () => HttpResponse.json(VERDICTS)))
  renderPart(<ExportResult details={DETAILS} />)
  const strip = within(screen.getByRole('region', { name: 'Verdicts' }))
  expect(await strip.findByText(/also in train. Split by device_id instead\.$/)).toBeVisible()
  expect(strip.queryByRole('button')).toBeNull()
})

test('verdicts that cannot be loaded are said, and the rest stays', async () => {
  network.use(http.get('*/api/v1/export/:id/verdicts', () => problemResponse(500, {})))
  renderPart(<ExportResult details={DETAILS} />)
  expect(await screen.findByText('The verdicts could not be loaded')).toBeVisible()
  expect(await screen.findByText(/longest gap/)).toBeVisible()
})

test('the dataset can be opened where it is, from the zip, or over HTTP', async () => {
  const { user } = renderPart(<ExportResult details={DETAILS} />)
  expect(await screen.findByLabelText('code for datasets')).toHaveTextContent('/srv/it')
  await user.click(screen.getByRole('radio', { name: 'Downloaded zip' }))
  expect(screen.getByLabelText('commands that fetch the dataset')).toHaveTextContent(
    'unzip lumber-e-1.zip -d lumber-e-1',
  )
  expect(screen.getByLabelText('code for datasets')).toHaveTextContent('load_dataset("lumber-e-1", "logs")')
  await user.click(screen.getByRole('radio', { name: 'Over HTTP' }))
  const commands = screen.getByLabelText('commands that fetch the dataset')
  expect(commands).toHaveTextContent(`${window.location.origin}/api/v1/export/e-1/download`)
  expect(commands).toHaveTextContent('lumber exports download e-1')
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
