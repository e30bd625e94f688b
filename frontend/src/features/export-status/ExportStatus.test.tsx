import { act, screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { ExportDetails, ProgressReport } from '@/lib/api/exports'
import { type FakeEventSource, fakeEventSource } from '@/testing/event-source'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE, aProgress, anExport } from '@/testing/records'
import { renderApp } from '@/testing/render'

let streams: FakeEventSource[] = []
let details: ExportDetails
let progress: ProgressReport
let polls = 0

beforeEach(() => {
  streams = fakeEventSource()
  details = anExport({ status: 'running', phase: 'exporting', attempt: 1 })
  progress = aProgress()
  polls = 0
  network.use(
    http.get('*/api/v1/export/:id/status', () => HttpResponse.json(details)),
    http.get('*/api/v1/export/:id/progress', () => {
      polls += 1
      return HttpResponse.json(progress)
    }),
    http.get('*/api/v1/export/:id/files', () => HttpResponse.json([])),
    http.get('*/api/v1/export/:id/quality', () => HttpResponse.json({})),
    http.get('*/api/v1/export/:id/rejects', () => HttpResponse.text('')),
  )
})

function stream() {
  const last = streams.at(-1)
  if (last === undefined) throw new Error('no stream was opened')
  return last
}

async function openRunning() {
  const app = renderApp('/exports/e-1')
  await screen.findByText('Exporting rows')
  await waitFor(() => expect(streams.length).toBeGreaterThan(0))
  return app
}

test('a page opened in the middle of a run shows how far it is', async () => {
  await openRunning()
  expect(screen.getByRole('progressbar', { name: 'Progress of logs' })).toHaveAttribute(
    'aria-valuenow',
    '42.5',
  )
  expect(screen.getByText('425,000 of 1,000,000')).toBeVisible()
  expect(screen.getByText('250,000 rows/s')).toBeVisible()
  expect(screen.getByText('425 of 1,000')).toBeVisible()
  expect(screen.getByText('2.3 s')).toBeVisible()
  expect(stream().url).toBe('/api/v1/export/e-1/events')
})

test('an export that waits says so', async () => {
  details = anExport()
  progress = aProgress({
    status: 'pending',
    progress: { logs: 0 },
    phase: null,
    total_records: 0,
    total_batches: 0,
  })
  renderApp('/exports/e-1')
  expect(await screen.findByText('Queued')).toBeVisible()
})

test('the workers that help are named', async () => {
  progress = aProgress({
    reported: { phase: 'exporting', kinds: {}, workers: ['worker@b:7-1', 'worker@c:9-2'] },
  })
  renderApp('/exports/e-1')
  expect(await screen.findByText('Other workers that help: worker@b:7-1, worker@c:9-2')).toBeVisible()
})

test('a running export shows its phases, its speed and its last lines', async () => {
  const now = Date.now()
  const at = (secondsAgo: number) => new Date(now - secondsAgo * 1000).toISOString()
  const journal = {
    began_at: at(10),
    phases: [
      { phase: 'planning', attempt: 1, started_at: at(10), ended_at: at(8) },
      { phase: 'exporting', attempt: 1, started_at: at(8), ended_at: null },
    ],
    readings: [
      { seconds: 2, rows: 0 },
      { seconds: 6, rows: 4000 },
    ],
    lines: [{ at: at(8), text: `Planned 9,000 rows of logs in 3 partitions.${HOSTILE}` }],
  }
  progress = aProgress({ reported: { phase: 'exporting', kinds: {}, workers: [], journal } })
  await openRunning()
  const phases = within(screen.getByRole('list', { name: 'Phases' })).getAllByRole('listitem')
  expect(phases[0]).toHaveTextContent('Planning2.0 s')
  expect(phases[1]).toHaveTextContent(/^Exporting.* so far$/)
  expect(
    screen.getByRole('img', {
      name: 'Rows per second: 1,000 on average while rows were read, at most 1,000.',
    }),
  ).toBeInTheDocument()
  expect(screen.getByRole('list', { name: 'Last log lines' })).toHaveTextContent(HOSTILE)
})

test('a first pass over the rows has a bar of its own', async () => {
  progress = aProgress({ phase: 'surveying', surveyed_percent: 12.5, progress: { logs: 0 } })
  renderApp('/exports/e-1')
  expect(await screen.findByText('First pass: reading rows before the export')).toBeVisible()
  expect(screen.getByRole('progressbar', { name: 'Progress of the first pass' })).toHaveAttribute(
    'aria-valuenow',
    '12.5',
  )
})

test('events move the bar, and the end brings the record', async () => {
  await openRunning()
  act(() => {
    stream().open()
    stream().send(aProgress({ progress: { logs: 80 }, processed_records: 800_000 }))
  })
  expect(await screen.findByText('800,000 of 1,000,000')).toBeVisible()
  expect(screen.getByText('live')).toBeVisible()

  details = anExport({
    status: 'completed',
    record_count: 999_990,
    kinds: { logs: { read: 1_000_000, written: 999_990, rejected: 10, deduplicated: 0 } },
    started_at: '2026-02-01T09:00:01Z',
    finished_at: '2026-02-01T09:00:05Z',
  })
  act(() => stream().send(aProgress({ status: 'completed', progress: { logs: 100 } })))
  expect(
    await screen.findByText(/999,990 rows written of 1,000,000 read, 10 rejected in 4.0 s/),
  ).toBeVisible()
  await waitFor(() => expect(stream().readyState).toBe(2))
})

test('the end shows also when the record has it and no report of it ever comes', async () => {
  await openRunning()
  act(() => stream().open())
  details = anExport({ status: 'completed', record_count: 7, kinds: { logs: { read: 7, written: 7 } } })
  // The record is read because of the phase, and has the end already; then nobody follows any more.
  act(() => stream().send(aProgress({ phase: 'packing' })))
  expect(await screen.findByText(/7 rows written of 7 read/)).toBeVisible()
  expect(screen.getByText('completed')).toBeVisible()
  expect(screen.queryByRole('progressbar')).toBeNull()
})

test('a broken stream is made up for by polling, until another one opens', async () => {
  await openRunning()
  act(() => stream().open())
  const before = polls
  progress = aProgress({ processed_records: 600_000 })
  act(() => stream().fail(true))
  expect(await screen.findByText('600,000 of 1,000,000')).toBeVisible()
  expect(polls).toBeGreaterThan(before)
  await waitFor(() => expect(streams.length).toBeGreaterThan(1))
  act(() => stream().open())
  expect(await screen.findByText('live')).toBeVisible()
})

test('cancelling asks first', async () => {
  let cancels = 0
  network.use(
    http.post('*/api/v1/export/:id/cancel', () => {
      cancels += 1
      details = anExport({ status: 'running', is_cancelling: true, attempt: 1 })
      return HttpResponse.json(details)
    }),
  )
  const { user } = await openRunning()
  await user.click(screen.getByRole('button', { name: 'Cancel' }))
  const dialog = await screen.findByRole('dialog', { name: 'Cancel this export?' })
  expect(cancels).toBe(0)
  await user.click(within(dialog).getByRole('button', { name: 'Cancel export' }))
  expect(await screen.findByText('cancelling')).toBeVisible()
  expect(cancels).toBe(1)
})

test('a failed export shows its error in full, as text, and can be tried again', async () => {
  details = anExport({
    status: 'failed',
    error_code: 'disk_full',
    error_message: `No space left. ${HOSTILE}`,
    attempt: 1,
  })
  progress = aProgress({ status: 'failed' })
  network.use(
    http.post('*/api/v1/export/:id/retry', () => {
      details = anExport({ status: 'pending', attempt: 1 })
      progress = aProgress({ status: 'pending', phase: null })
      return HttpResponse.json(details)
    }),
  )
  const { user } = renderApp('/exports/e-1')
  expect(await screen.findByText('The export failed')).toBeVisible()
  expect(screen.getByText(/No space left\. <img src=x/)).toBeVisible()
  expect(document.querySelector('img[src="x"]')).toBeNull()
  expect(screen.getByRole('link', { name: 'Clone' })).toHaveAttribute('href', '/?from=e-1')
  await user.click(screen.getByRole('button', { name: 'Retry' }))
  expect(await screen.findByText('Waiting to retry')).toBeVisible()
})

test('an attempt that failed and will be repeated says why and when', async () => {
  details = anExport({
    attempt: 1,
    next_attempt_at: '2026-02-01T09:05:00Z',
    attempts: [
      {
        number: 1,
        owner: 'w',
        started_at: '2026-02-01T09:00:00Z',
        finished_at: '2026-02-01T09:01:00Z',
        outcome: 'failed',
        error_code: 'database_unreachable',
        error_message: 'The database went away.',
      },
    ],
  })
  progress = aProgress({ status: 'pending', phase: null })
  renderApp('/exports/e-1')
  expect(await screen.findByText('The last attempt failed')).toBeVisible()
  expect(screen.getByText('The database went away.')).toBeVisible()
})

test('an export that is gone leads to the history', async () => {
  network.use(
    http.get('*/api/v1/export/:id/status', () => problemResponse(404, { code: 'export_not_found' })),
  )
  renderApp('/exports/gone')
  expect(await screen.findByText('Export not found')).toBeVisible()
  expect(screen.getByRole('link', { name: 'Open history' })).toHaveAttribute('href', '/exports')
})

test('a finished export can be run again with its config, as a new one', async () => {
  details = anExport({ status: 'cancelled' })
  progress = aProgress({ status: 'cancelled' })
  let sent: unknown
  network.use(
    http.post('*/api/v1/export/', async ({ request }) => {
      sent = await request.json()
      return HttpResponse.json(anExport({ export_id: 'e-2' }))
    }),
  )
  const { user, router } = renderApp('/exports/e-1')
  await user.click(await screen.findByRole('button', { name: 'Run again' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/exports/e-2'))
  expect(sent).toEqual(anExport().export_config)
})
