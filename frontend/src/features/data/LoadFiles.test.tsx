import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Schemas } from '@/lib/api/client'
import type { FilePreviewReport } from '@/lib/api/file-preview'
import type { UploadBody, UploadReport } from '@/lib/api/ingest'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE, aDataset, aSource, datasetDetails } from '@/testing/records'
import { renderApp } from '@/testing/render'

const UPLOADS = '*/api/v1/ingest/uploads'

function aReport(changes: Partial<UploadReport> = {}): UploadReport {
  return {
    upload_id: 'u-1',
    kind: 'logs',
    name: 'auth.log',
    status: 'running',
    size_bytes: 6,
    bytes_received: 3,
    has_all: false,
    lines: 1200,
    loaded: 1198,
    rejected: 2,
    skipped: 0,
    source_id: 'logs-1',
    ignored_fields: [],
    formats: [{ format: 'rfc3164', name: 'syslog (RFC 3164)', lines: 1200 }],
    unrecognised: 0,
    reasons: [],
    filled: {},
    are_years_guessed: false,
    joined_lines: 0,
    joined_records: 0,
    is_mostly_rejected: false,
    seconds: 2,
    bytes_per_second: 2048,
    eta_seconds: 30,
    created_at: '2026-02-01T09:00:00Z',
    finished_at: null,
    error_code: null,
    error_message: null,
    ...changes,
  }
}

/** A promise that the test keeps when it wants to. */
function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

let announced: UploadBody[]
let previewed: Schemas['PreviewBody'][]
let datasetCalls: number
let isLoaded: boolean

beforeEach(() => {
  isLoaded = false
  announced = []
  previewed = []
  datasetCalls = 0
  network.use(
    http.get('*/api/v1/datasets', () => {
      datasetCalls += 1
      return HttpResponse.json([aDataset({ rows: datasetCalls === 1 ? 0 : 1198 })])
    }),
    http.get('*/api/v1/datasets/:kind', () => HttpResponse.json(datasetDetails())),
    http.get('*/api/v1/ingest/sources', () =>
      HttpResponse.json(isLoaded ? { sources: [aSource()], total: 1 } : { sources: [], total: 0 }),
    ),
    http.post('*/api/v1/ingest/preview', async ({ request }) => {
      previewed.push((await request.json()) as Schemas['PreviewBody'])
      return HttpResponse.json(aPreview())
    }),
    http.post(UPLOADS, async ({ request }) => {
      announced.push((await request.json()) as UploadBody)
      return HttpResponse.json(aReport({ status: 'pending', upload_id: `u-${announced.length}` }))
    }),
    http.get(`${UPLOADS}/:id`, () => HttpResponse.json(aReport())),
    http.put(`${UPLOADS}/:id/content`, () => {
      isLoaded = true
      return HttpResponse.json(aReport({ status: 'completed', has_all: true }))
    }),
  )
})

function aFile(name = 'auth.log') {
  return new File(['line 1'], name, { lastModified: Date.UTC(2011, 0, 2) })
}

async function choose(...files: File[]) {
  fireEvent.drop(await screen.findByRole('group', { name: 'Files to load' }), { dataTransfer: { files } })
}

async function drop(...files: File[]) {
  await choose(...files)
  fireEvent.click(await screen.findByRole('button', { name: /^Load \d+ files?$/ }))
}

function aPreview(changes: Partial<FilePreviewReport> = {}): FilePreviewReport {
  return {
    lines: 3,
    loaded: 3,
    rejected: 0,
    has_more: true,
    rows: [{ timestamp: '2011-01-02T00:00:00+00:00', log_level: null, message: 'hello', raw_message: 'raw' }],
    formats: [{ format: 'iso8601', name: 'a log with ISO 8601 times', lines: 3 }],
    unrecognised: 0,
    reasons: [],
    ignored_fields: [],
    filled: { log_level: 1 },
    are_years_guessed: true,
    joined_lines: 0,
    joined_records: 0,
    is_mostly_rejected: false,
    ...changes,
  }
}

test('an empty database leads to the first file, and the counts follow when it is loaded', async () => {
  renderApp('/data')
  expect(await screen.findByText(/Load your first file/)).toBeVisible()
  expect(await screen.findByText('No files loaded yet.')).toBeVisible()
  await drop(aFile())
  expect(await screen.findByText(/1,200 lines: 1,198 loaded, 2 rejected, in 2.0 s/)).toBeVisible()
  expect(await screen.findByText('1,198 rows')).toBeVisible()
  expect(screen.queryByText('The database is empty')).toBeNull()
  expect(await screen.findByRole('button', { name: 'Show rejected lines of auth.log: 2' })).toBeVisible()
  expect(announced).toEqual([
    {
      kind: 'logs',
      format: 'auto',
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      year: null,
      default_level: null,
      derive_ips: true,
      source_id: null,
      pattern: null,
      map: {},
      time_format: null,
      multiline: 'auto',
      name: 'auth.log',
      size_bytes: 6,
      modified_at: '2011-01-02T00:00:00.000Z',
    },
  ])
})

test('progress shows rows, speed and time left while a file is loaded, also after a look elsewhere', async () => {
  const end = gate()
  network.use(
    http.put(`${UPLOADS}/:id/content`, async () => {
      await end.opened
      return HttpResponse.json(aReport({ status: 'completed' }))
    }),
  )
  const { router } = renderApp('/data')
  await drop(aFile())
  expect(
    await screen.findByText('1,198 rows loaded, 2 rejected, 2.0 KiB per second, 30 s left'),
  ).toBeVisible()
  const bar = screen.getByRole('progressbar', { name: 'Progress of auth.log' })
  expect(bar).toHaveAttribute('aria-valuenow', '50')
  router.history.push('/nowhere')
  await waitFor(() => expect(screen.queryByRole('progressbar')).toBeNull())
  await router.navigate({ to: '/data' })
  expect(await screen.findByRole('progressbar', { name: 'Progress of auth.log' })).toBeVisible()
  end.open()
  expect(await screen.findByText(/1,200 lines:/)).toBeVisible()
})

test('other pages show how far the files are, and lead back to them', async () => {
  const end = gate()
  network.use(
    http.put(`${UPLOADS}/u-1/content`, async () => {
      await end.opened
      return HttpResponse.json(aReport({ status: 'completed' }))
    }),
    http.put(`${UPLOADS}/u-2/content`, () => problemResponse(400, { detail: 'It is no log.' })),
    http.get(`${UPLOADS}/u-2`, () => HttpResponse.json(aReport({ status: 'failed' }))),
  )
  const { router, user } = renderApp('/data')
  await drop(aFile(), aFile('b.log'))
  expect(await screen.findByRole('progressbar', { name: 'Progress of auth.log' })).toBeVisible()
  expect(screen.queryByRole('link', { name: /^Loading/ })).toBeNull()
  router.history.push('/nowhere')
  expect(await screen.findByRole('link', { name: 'Loading auth.log: 50%, 1 file queued' })).toBeVisible()
  end.open()
  await user.click(await screen.findByRole('link', { name: '1 file failed' }))
  expect(await screen.findByText('The file was not fully loaded')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Clear list' }))
  router.history.push('/nowhere')
  await waitFor(() => expect(screen.queryByText('Load data')).toBeNull())
  expect(screen.queryByRole('link', { name: /failed/ })).toBeNull()
})

test('several files go one after the other, with what the form says', async () => {
  const first = gate()
  network.use(
    http.put(`${UPLOADS}/u-1/content`, async () => {
      await first.opened
      return HttpResponse.json(aReport({ status: 'completed' }))
    }),
  )
  const { user } = renderApp('/data')
  await user.click(await screen.findByRole('button', { name: 'Reading options' }))
  await user.type(screen.getByRole('textbox', { name: 'Year' }), '2005')
  await user.clear(screen.getByRole('textbox', { name: 'Time zone' }))
  await user.type(screen.getByRole('textbox', { name: 'Time zone' }), '+02:00')
  await user.upload(screen.getByLabelText('Files', { selector: 'input' }), [aFile('a.log'), aFile('b.log')])
  await user.click(await screen.findByRole('button', { name: 'Load 2 files' }))
  const second = await screen.findByRole('listitem', { name: 'b.log' })
  expect(within(second).getByText('Queued')).toBeVisible()
  expect(announced).toHaveLength(1)
  first.open()
  expect(await within(second).findByText(/1,200 lines:/)).toBeVisible()
  expect(announced.map(({ name }) => name)).toEqual(['a.log', 'b.log'])
  expect(announced[0]).toMatchObject({ year: 2005, timezone: '+02:00' })
})

test('rejected lines are shown as text, whatever they hold', async () => {
  network.use(
    http.get('*/api/v1/ingest/sources/logs-1/rejects', () =>
      HttpResponse.text(`${JSON.stringify({ line: 17, reason: 'no time', raw: HOSTILE })}\n`),
    ),
  )
  const { user } = renderApp('/data')
  await drop(aFile())
  await user.click(await screen.findByRole('button', { name: 'Show 2 rejected lines' }))
  const table = await screen.findByRole('table', { name: 'Rejected lines' })
  expect(within(table).getByText(HOSTILE)).toBeVisible()
  expect(within(table).getByText('no time')).toBeVisible()
  expect(within(table).getByText('17')).toBeVisible()
  expect(document.querySelector('img[src=x]')).toBeNull()
  expect(screen.getByRole('link', { name: 'Download as JSON Lines' })).toHaveAttribute(
    'href',
    '/api/v1/ingest/sources/logs-1/rejects',
  )
})

test('a load of which almost all was rejected is an alert with the reasons', async () => {
  const report = aReport({
    status: 'completed',
    lines: 100,
    loaded: 5,
    rejected: 95,
    reasons: [
      { reason: 'blank line', count: 60, line: 2, example: '' },
      { reason: 'not a log line', count: 35, line: 3, example: HOSTILE },
    ],
    formats: [{ format: 'access', name: 'an access log', lines: 5 }],
    unrecognised: 95,
    filled: { log_level: 2, process_name: 5 },
    are_years_guessed: true,
    joined_lines: 1200,
    joined_records: 3,
    is_mostly_rejected: true,
  })
  network.use(http.put(`${UPLOADS}/:id/content`, () => HttpResponse.json(report)))
  renderApp('/data')
  await drop(aFile())
  expect(await screen.findByRole('alert')).toHaveTextContent('Almost all lines were rejected')
  expect(screen.getByText('Recognised: 5 lines as an access log, 95 not recognised.')).toBeVisible()
  const reasons = within(screen.getByRole('list', { name: 'Reasons of rejected lines' }))
  expect(reasons.getByText('60 rejected: blank line, for example line 2')).toBeVisible()
  expect(reasons.getByText(`35 rejected: not a log line, for example line 3: ${HOSTILE}`)).toBeVisible()
  expect(document.querySelector('img[src=x]')).toBeNull()
  expect(screen.getByText('Share of lines with a value: level 40%, process 100%.')).toBeVisible()
  expect(screen.getByText(/Years were guessed/)).toBeVisible()
  expect(screen.getByText(/To load it with other options, first delete it below/)).toBeVisible()
  expect(screen.getByText(/joined to a log line: 1,200. Log lines with such lines: 3./)).toBeVisible()
})

test('a load that is cancelled tells the service, and can go on', async () => {
  let cancelled = 0
  let sent = 0
  const end = gate()
  network.use(
    http.post(`${UPLOADS}/u-1/cancel`, () => {
      cancelled += 1
      return HttpResponse.json(aReport({ status: 'cancelled' }))
    }),
    http.put(`${UPLOADS}/:id/content`, async () => {
      sent += 1
      if (sent === 1) await end.opened
      return HttpResponse.json(aReport({ status: 'completed', skipped: 100 }))
    }),
  )
  const { user } = renderApp('/data')
  await drop(aFile())
  await screen.findByText(/30 s left/)
  await user.click(screen.getByRole('button', { name: 'Cancel auth.log' }))
  expect(await screen.findByText(/Cancelled. Loaded rows stay/)).toBeVisible()
  await waitFor(() => expect(cancelled).toBe(1))
  await user.click(screen.getByRole('button', { name: 'Resume auth.log' }))
  expect(await screen.findByText(/100 lines were loaded before/)).toBeVisible()
  end.open()
})

test('a refusal names its fields, and a second try works', async () => {
  network.use(
    http.post(
      UPLOADS,
      () =>
        problemResponse(422, {
          code: 'config_invalid',
          detail: 'Two fields.',
          errors: [
            { field: 'timezone', value: 'x', message: 'is not a time zone', allowed: [] },
            { field: 'year', value: 0, message: 'is not a year', allowed: [] },
          ],
        }),
      { once: true },
    ),
  )
  const { user } = renderApp('/data')
  await drop(aFile())
  expect(await screen.findByText('timezone: is not a time zone')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText(/1,200 lines:/)).toBeVisible()
})

test('when the connection is cut, the service is asked why', async () => {
  network.use(
    http.put(`${UPLOADS}/:id/content`, () => HttpResponse.error()),
    http.get(`${UPLOADS}/:id`, () =>
      HttpResponse.json(
        aReport({ status: 'failed', error_code: 'ingest_failed', error_message: 'It ends in the middle.' }),
      ),
    ),
  )
  renderApp('/data')
  await drop(aFile())
  expect(await screen.findByText('It ends in the middle.')).toBeVisible()
  expect(screen.getByText('The file was not fully loaded')).toBeVisible()
})

test('content that was loaded before is said to be', async () => {
  network.use(
    http.put(`${UPLOADS}/:id/content`, () =>
      HttpResponse.json(aReport({ status: 'completed', lines: 0, loaded: 0, rejected: 0, skipped: 7 })),
    ),
  )
  renderApp('/data')
  await drop(aFile())
  expect(await screen.findByText('All 7 lines were loaded before: nothing to load.')).toBeVisible()
})

test('a chosen file shows its first rows before it is sent, and again when an option changes', async () => {
  const { user } = renderApp('/data')
  await choose(aFile())
  const preview = await screen.findByRole('region', { name: 'Preview of auth.log' })
  expect(await within(preview).findByText('The first 3 lines: 3 would be loaded, 0 rejected.')).toBeVisible()
  const table = within(within(preview).getByRole('table', { name: 'First rows' }))
  expect(table.getByText('hello')).toBeVisible()
  expect(table.queryByText('raw')).toBeNull()
  expect(within(preview).getByText('67% have no level: set the default level if you know it.')).toBeVisible()
  expect(within(preview).getByText(/Years were guessed/)).toBeVisible()
  expect(previewed[0]).toMatchObject({ name: 'auth.log', content: 'bGluZSAx', is_whole: true, year: null })
  expect(announced).toEqual([])
  await user.click(screen.getByRole('button', { name: 'Reading options' }))
  await user.type(screen.getByRole('textbox', { name: 'Year' }), '2005')
  await waitFor(() => expect(previewed.at(-1)).toMatchObject({ year: 2005 }))
  await user.click(screen.getByRole('button', { name: 'Discard' }))
  expect(screen.queryByRole('region', { name: 'Preview of auth.log' })).toBeNull()
  expect(announced).toEqual([])
})

test('a file of which almost all would be rejected is an alert before it is sent', async () => {
  const reasons = [{ reason: 'not a log line', count: 3, line: 1, example: HOSTILE }]
  network.use(
    http.post('*/api/v1/ingest/preview', () =>
      HttpResponse.json(aPreview({ loaded: 0, rejected: 3, rows: [], reasons, is_mostly_rejected: true })),
    ),
  )
  renderApp('/data')
  await choose(aFile())
  expect(await screen.findByRole('alert')).toHaveTextContent('All lines would be rejected')
  expect(screen.getByText(`3 rejected: not a log line, for example line 1: ${HOSTILE}`)).toBeVisible()
})

test('a preview that is refused says why, and the file can still be sent', async () => {
  network.use(
    http.post('*/api/v1/ingest/preview', () =>
      problemResponse(422, { code: 'ingest_failed', detail: 'a.parquet is a Parquet file.' }),
    ),
  )
  renderApp('/data')
  await choose(aFile())
  expect(await screen.findByText('The file cannot be previewed')).toBeVisible()
  fireEvent.click(screen.getByRole('button', { name: 'Load 1 file' }))
  expect(await screen.findByText(/1,200 lines:/)).toBeVisible()
})
