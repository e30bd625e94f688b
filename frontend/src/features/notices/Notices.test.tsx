import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { network, problemResponse } from '@/testing/network'
import { aDelivery, aNamedDataset, aNotice } from '@/testing/records'
import { renderApp } from '@/testing/render'

let notices = [aNotice()]
const calls: { path: string; body: unknown }[] = []

beforeEach(() => {
  notices = [aNotice()]
  calls.length = 0
  const answer = (result: () => object | null, status = 200) =>
    async function handle({ request }: { request: Request }) {
      const text = await request.text()
      const path = `${request.method} ${new URL(request.url).pathname.replace('/api/v1', '')}`
      calls.push({ path, body: text === '' ? null : (JSON.parse(text) as unknown) })
      const found = result()
      return found === null ? new HttpResponse(null, { status: 204 }) : HttpResponse.json(found, { status })
    }
  network.use(
    http.get('*/api/v1/named-datasets', () => HttpResponse.json({ datasets: [aNamedDataset()] })),
    http.get('*/api/v1/notices', () => HttpResponse.json({ notices })),
    http.get('*/api/v1/notices/:id', () => HttpResponse.json(notices[0])),
    http.get('*/api/v1/notices/:id/deliveries', () =>
      HttpResponse.json({
        deliveries: [
          aDelivery(),
          aDelivery({
            delivery_id: 'd-2',
            event: 'no_new_data',
            status: 'failed',
            attempts: 6,
            response_status: 500,
            error: 'the receiver failed',
          }),
        ],
      }),
    ),
    http.post(
      '*/api/v1/notices',
      answer(() => ({ ...aNotice(), secret: 'whsec_shown_once' }), 201),
    ),
    http.patch(
      '*/api/v1/notices/:id',
      answer(() => ({ ...aNotice(), secret: null })),
    ),
    http.delete(
      '*/api/v1/notices/:id',
      answer(() => null),
    ),
    http.post(
      '*/api/v1/notices/:id/test',
      answer(() => aDelivery({ event: 'test', status: 'pending', error: 'the receiver answered 502' })),
    ),
  )
})

test('notices are listed with where they go and what they are about', async () => {
  renderApp('/notices')
  const row = within((await screen.findByRole('link', { name: 'team' })).closest('tr') as HTMLElement)
  for (const text of ['https://example.org/hook', 'Failed, Version held', 'all', 'enabled']) {
    expect(row.getByText(text)).toBeVisible()
  }
})

test('without notices the page says what they are for', async () => {
  notices = []
  renderApp('/notices')
  expect(await screen.findByText(/Nobody has to look at these pages for that/)).toBeVisible()
})

test('a webhook is added, and its secret is shown once', async () => {
  const { user, router } = renderApp('/notices')
  await user.click(await screen.findByRole('button', { name: 'Add notice' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.type(dialog.getByLabelText(/^Name/), 'team')
  await user.type(dialog.getByLabelText(/^Address/), 'https://example.org/hook')
  await user.click(dialog.getByRole('checkbox', { name: 'No new data' }))
  await user.click(dialog.getByRole('button', { name: 'Add notice' }))
  expect(await screen.findByText('whsec_shown_once')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Done' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/notices/n-1'))
  expect(calls[0]?.body).toEqual({
    name: 'team',
    channel: 'webhook',
    url: 'https://example.org/hook',
    events: ['failed', 'held', 'paused', 'no_new_data', 'tables_failed'],
    datasets: null,
    is_for_all: false,
    is_enabled: true,
  })
})

test('an e-mail goes to its recipients, about the datasets that are chosen', async () => {
  const { user } = renderApp('/notices')
  await user.click(await screen.findByRole('button', { name: 'Add notice' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.click(dialog.getByRole('radio', { name: 'E-mail' }))
  await user.type(dialog.getByLabelText(/^Name/), 'team')
  await user.type(dialog.getByLabelText('Recipients', { selector: 'input' }), 'ann@example.org{Enter}')
  await user.type(dialog.getByLabelText(/^Datasets/, { selector: 'input' }), 'plant{Enter}')
  await user.click(dialog.getByRole('button', { name: 'Add notice' }))
  await waitFor(() =>
    expect(calls[0]?.body).toMatchObject({ channel: 'email', to: ['ann@example.org'], datasets: ['plant'] }),
  )
})

test('an address that the service refuses is marked', async () => {
  const errors = [{ field: 'url', value: 'http://127.0.0.1', message: 'is inside the host', allowed: [] }]
  network.use(http.post('*/api/v1/notices', () => problemResponse(422, { code: 'config_invalid', errors })))
  const { user } = renderApp('/notices')
  await user.click(await screen.findByRole('button', { name: 'Add notice' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.type(dialog.getByLabelText(/^Name/), 'x')
  await user.type(dialog.getByLabelText(/^Address/), 'http://127.0.0.1')
  await user.click(dialog.getByRole('button', { name: 'Add notice' }))
  expect(await dialog.findByText('Is inside the host.')).toBeVisible()
})

test('deliveries are shown with their results, a test says how it went, and the secret stays', async () => {
  const { user } = renderApp('/notices/n-1')
  const table = within(await screen.findByRole('table', { name: 'Deliveries' }))
  const failed = within(table.getByText('No new data').closest('tr') as HTMLElement)
  for (const text of ['failed', '6', 'status 500: the receiver failed']) {
    expect(failed.getByText(text)).toBeVisible()
  }
  await user.click(screen.getByRole('button', { name: 'Send a test' }))
  expect(await screen.findByText('The test was not delivered: the receiver answered 502.')).toBeVisible()
  await user.click(screen.getByRole('checkbox', { name: 'Enabled' }))
  await user.click(screen.getByRole('button', { name: 'Save notice' }))
  await waitFor(() => expect(calls).toHaveLength(2))
  expect(calls[0]?.path).toBe('POST /notices/n-1/test')
  expect(calls[1]?.body).toEqual({
    name: 'team',
    url: 'https://example.org/hook',
    events: ['failed', 'held'],
    datasets: null,
    is_for_all: false,
    is_enabled: false,
    renew_secret: false,
  })
})

test('a new secret leaves the old one some hours', async () => {
  const { user } = renderApp('/notices/n-1')
  await user.click(await screen.findByRole('checkbox', { name: 'Create a new secret' }))
  const hours = screen.getByRole('textbox', { name: 'Hours to keep the old secret' })
  expect(hours).toHaveValue('24')
  await user.clear(hours)
  await user.type(hours, '48')
  await user.click(screen.getByRole('button', { name: 'Save notice' }))
  await waitFor(() => expect(calls).toHaveLength(1))
  expect(calls[0]?.body).toMatchObject({ renew_secret: true, overlap_hours: 48 })
})

test('a notice is removed only when the person confirms it', async () => {
  const { user, router } = renderApp('/notices/n-1')
  await user.click(await screen.findByRole('button', { name: 'Remove' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Remove notice' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/notices'))
  expect(calls).toEqual([{ path: 'DELETE /notices/n-1', body: null }])
})
