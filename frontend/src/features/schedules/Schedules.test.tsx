import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Schedule, ScheduleRun } from '@/lib/api/schedules'
import { network, problemResponse } from '@/testing/network'
import { aRun, aSchedule, anExport } from '@/testing/records'
import { renderApp } from '@/testing/render'
import { formToSchedule, scheduleToForm } from './form'

let schedules: Schedule[]
let runs: ScheduleRun[]
const calls: { path: string; body: unknown }[] = []

beforeEach(() => {
  schedules = [aSchedule()]
  runs = [aRun()]
  calls.length = 0
  const first = () => HttpResponse.json(schedules[0])
  const answer = (status: number) =>
    async function handle({ request }: { request: Request }) {
      const text = await request.text()
      const path = `${request.method} ${new URL(request.url).pathname.replace('/api/v1', '')}`
      calls.push({ path, body: text === '' ? null : (JSON.parse(text) as unknown) })
      return status === 204 ? new HttpResponse(null, { status }) : HttpResponse.json(schedules[0], { status })
    }
  network.use(
    http.get('*/api/v1/schedules', () => HttpResponse.json({ schedules })),
    http.get('*/api/v1/test-sets', () => HttpResponse.json({ test_sets: [] })),
    http.get('*/api/v1/schedules/:id', first),
    http.get('*/api/v1/schedules/:id/runs', () => HttpResponse.json({ runs })),
    http.post('*/api/v1/schedules/preview', async ({ request }) => {
      const { cron, every_seconds: every } = (await request.json()) as Record<string, unknown>
      const sentence = cron === null ? `Every ${every} seconds` : `Cron ${cron}`
      return HttpResponse.json({ sentence, next: ['2026-03-29T00:00:00Z', '2026-03-29T23:00:00Z'] })
    }),
    http.post('*/api/v1/schedules', answer(201)),
    http.patch('*/api/v1/schedules/:id', answer(200)),
    http.delete('*/api/v1/schedules/:id', answer(204)),
    http.post('*/api/v1/schedules/:id/:action', answer(200)),
  )
})

test('schedules are listed with when they run, what they export and the last run', async () => {
  schedules = [aSchedule(), aSchedule({ schedule_id: 's-2', name: 'weekly', is_paused: true })]
  renderApp('/schedules')
  const row = within((await screen.findByRole('link', { name: 'nightly' })).closest('tr') as HTMLElement)
  for (const text of [
    'Every day at 02:00 in Europe/Berlin',
    'logs as parquet, all time, new rows into the dataset plant',
    'completed',
  ]) {
    expect(row.getByText(text)).toBeVisible()
  }
  const weekly = within(screen.getByRole('link', { name: 'weekly' }).closest('tr') as HTMLElement)
  expect(weekly.getByText('paused')).toBeVisible()
})

test('many schedules are filtered, and shown a part at a time', async () => {
  schedules = Array.from({ length: 60 }, (_, index) =>
    aSchedule({ schedule_id: `s-${index}`, name: `nightly ${index}`, is_paused: index === 7 }),
  )
  const { user } = renderApp('/schedules')
  expect(await screen.findByText('50 of 60 schedules')).toBeVisible()
  await user.type(screen.getByLabelText('Filter schedules'), 'PAUSED')
  expect(screen.getByRole('link', { name: 'nightly 7' })).toBeVisible()
  expect(screen.queryByRole('link', { name: 'nightly 8' })).toBeNull()
  await user.type(screen.getByLabelText('Filter schedules'), '?')
  expect(screen.getByText('No schedule contains “PAUSED?”.')).toBeVisible()
})

test('without schedules the page says how to make one', async () => {
  schedules = []
  renderApp('/schedules')
  expect(await screen.findByText('No schedules yet')).toBeVisible()
  expect(screen.getByText(/turn on “Incremental”, and choose “Schedule…”/)).toBeVisible()
  expect(screen.getByRole('link', { name: 'New schedule' })).toHaveAttribute('href', '/schedules/new')
})

test('the form shows the next times, and sends the schedule of an export', async () => {
  const config = { data_types: ['logs'], dataset: 'plant', incremental: true }
  network.use(
    http.get('*/api/v1/export/:id/status', () => HttpResponse.json(anExport({ export_config: config }))),
  )
  const { user, router } = renderApp('/schedules/new?from=e-1')
  expect(await screen.findByText('Cron 0 2 * * *')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Mondays' }))
  expect(await screen.findByText('Cron 0 6 * * 1')).toBeVisible()
  await user.click(screen.getByRole('combobox', { name: 'Time zone' }))
  await user.clear(screen.getByRole('combobox', { name: 'Time zone' }))
  await user.type(screen.getByRole('combobox', { name: 'Time zone' }), 'Berlin')
  await user.click(await screen.findByRole('option', { name: 'Europe/Berlin' }))
  // The clocks go ahead in this night.
  expect(await screen.findByText('Sun 2026-03-29 01:00:00 (UTC+01:00)')).toBeVisible()
  expect(screen.getByText('Mon 2026-03-30 01:00:00 (UTC+02:00)')).toBeVisible()
  await user.type(screen.getByLabelText(/^Name/), 'weekly')
  await user.click(screen.getByRole('button', { name: 'Create schedule' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/schedules/s-1'))
  expect(calls).toEqual([
    {
      path: 'POST /schedules',
      body: {
        name: 'weekly',
        config,
        cron: '0 6 * * 1',
        every_seconds: null,
        time_zone: 'Europe/Berlin',
        catch_up: 'one',
        overlap: 'queue',
        pause_after_failures: 5,
        jitter_seconds: 0,
        gate: null,
      },
    },
  ])
})

test('times that the service refuses are explained in the preview and at the field', async () => {
  const errors = [{ field: 'cron', value: '99', message: 'has one part, not five', allowed: [] }]
  const refusal = () => problemResponse(422, { code: 'config_invalid', errors })
  network.use(http.post('*/api/v1/schedules/preview', refusal), http.post('*/api/v1/schedules', refusal))
  const { user } = renderApp('/schedules/new')
  const cron = await screen.findByLabelText(/^Cron expression/)
  await user.clear(cron)
  await user.type(cron, '99')
  const preview = within(screen.getByRole('region', { name: 'Next times of this schedule' }))
  expect(await preview.findByText('Has one part, not five.')).toBeVisible()
  await user.type(screen.getByLabelText(/^Name/), 'x')
  await user.click(screen.getByRole('button', { name: 'Create schedule' }))
  await waitFor(() =>
    expect(screen.getByLabelText(/^Cron expression/)).toHaveAttribute('aria-invalid', 'true'),
  )
  expect(screen.getByText('The schedule was not saved. Correct the marked fields.')).toBeVisible()
})

test('a config that is no JSON object is not sent', async () => {
  const { user } = renderApp('/schedules/new')
  const config = await screen.findByLabelText(/^Config as JSON/)
  await user.type(screen.getByLabelText(/^Name/), 'x')
  await user.clear(config)
  await user.type(config, '[[]')
  await user.click(screen.getByRole('button', { name: 'Create schedule' }))
  expect(screen.getByText('Enter a JSON object.')).toBeVisible()
  expect(calls).toEqual([])
})

test('a schedule shows its runs, and is run, paused and resumed', async () => {
  runs = [
    aRun({
      nominal_at: '2026-02-03T01:00:00Z',
      status: 'skipped',
      export_id: null,
      reason: 'still running',
      started_at: null,
      finished_at: null,
    }),
    aRun({ nominal_at: '2026-02-02T13:00:00Z', export_id: 'e-3', status: 'held', decision: 'dropped' }),
    aRun(),
  ]
  const { user } = renderApp('/schedules/s-1')
  const table = within(await screen.findByRole('table', { name: 'Runs' }))
  expect(table.getByText('still running')).toBeVisible()
  expect(table.getByText('held, dropped')).toBeVisible()
  expect(table.getByRole('link', { name: 'e-2' })).toHaveAttribute('href', '/exports/e-2')
  expect(table.getAllByText('30 s')).toHaveLength(2)
  await user.click(screen.getByRole('button', { name: 'Run now' }))
  await user.click(screen.getByRole('button', { name: 'Pause' }))
  await waitFor(() => expect(calls).toHaveLength(2))
  schedules = [aSchedule({ is_paused: true, pause_reason: 'Five runs failed in a row.' })]
  await user.click(screen.getByRole('button', { name: 'Run now' }))
  expect(await screen.findByText(/Five runs failed in a row\./)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Resume' }))
  await waitFor(() =>
    expect(calls.map(({ path }) => path)).toEqual([
      'POST /schedules/s-1/run',
      'POST /schedules/s-1/pause',
      'POST /schedules/s-1/run',
      'POST /schedules/s-1/resume',
    ]),
  )
})

test('a schedule is edited in place', async () => {
  const { user } = renderApp('/schedules/s-1')
  await user.click(await screen.findByRole('button', { name: 'Edit' }))
  await user.click(screen.getByRole('radio', { name: 'At an interval' }))
  expect(await screen.findByText('Every 3600 seconds')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Save schedule' }))
  await waitFor(() => expect(calls[0]).toMatchObject({ body: { cron: null, every_seconds: 3600 } }))
  expect(await screen.findByRole('region', { name: 'When it runs' })).toBeVisible()
})

test('a gate is turned on with its usual limits', async () => {
  const { user } = renderApp('/schedules/s-1')
  await user.click(await screen.findByRole('button', { name: 'Edit' }))
  await user.click(screen.getByRole('switch', { name: /^Hold versions/ }))
  const rejects = screen.getByLabelText(/^Rejected rows/)
  await user.clear(rejects)
  await user.type(rejects, '7')
  await user.click(screen.getByRole('button', { name: 'Save schedule' }))
  await waitFor(() =>
    expect(calls[0]?.body).toMatchObject({
      gate: {
        schema_change: 'hold',
        max_drift: { '*': 0.3 },
        max_reject_ratio: 0.07,
        rows: { min_ratio: 0.2, max_ratio: 5 },
        max_class_change: null,
        test_set: null,
      },
    }),
  )
})

test('a schedule is removed only when the person confirms it', async () => {
  const { user, router } = renderApp('/schedules/s-1')
  await user.click(await screen.findByRole('button', { name: 'Remove' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Remove schedule' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/schedules'))
  expect(calls).toEqual([{ path: 'DELETE /schedules/s-1', body: null }])
})

test('a schedule that is opened and saved is the same', () => {
  const gate = {
    schema_change: 'allow',
    max_drift: { 'logs.log_level': 0.1, '*': 0.2 },
    min_drift_rows: 50,
    max_reject_ratio: 0.07,
    rows: { min: 5, max: null, min_ratio: 0.5, max_ratio: null, of_last: 3 },
    max_class_change: null,
    test_set: { name: 'golden', max_share: 0.01 },
  }
  const changes = [{}, { cron: null, every_seconds: 90 }, { pause_after_failures: null }, { gate }]
  for (const timing of changes) {
    const schedule = aSchedule(timing)
    expect(schedule).toMatchObject(formToSchedule(scheduleToForm(schedule)))
  }
})
