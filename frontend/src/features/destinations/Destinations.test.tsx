import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { network, problemResponse } from '@/testing/network'
import { aDestination, aSession, anAccount } from '@/testing/records'
import { renderApp } from '@/testing/render'

let destinations = [aDestination()]
const calls: { path: string; body: unknown }[] = []

beforeEach(() => {
  destinations = [aDestination()]
  calls.length = 0
  const answer = (status: number) =>
    async function handle({ request }: { request: Request }) {
      const text = await request.text()
      const path = `${request.method} ${new URL(request.url).pathname.replace('/api/v1', '')}`
      calls.push({ path, body: text === '' ? null : (JSON.parse(text) as unknown) })
      return status === 204
        ? new HttpResponse(null, { status })
        : HttpResponse.json(aDestination(), { status })
    }
  network.use(
    http.get('*/api/v1/destinations', () => HttpResponse.json({ destinations })),
    http.post('*/api/v1/destinations', answer(201)),
    http.post('*/api/v1/destinations/:name/probe', answer(200)),
    http.delete('*/api/v1/destinations/:name', answer(204)),
  )
})

test('destinations are listed with what they can do, and are probed again', async () => {
  destinations = [
    aDestination(),
    aDestination({
      name: 'old',
      status: 'limited',
      message: 'The store ignores preconditions.',
      promises: { ...aDestination().promises, conditional_put: false, conditional_update: false },
    }),
  ]
  const { user } = renderApp('/destinations')
  const row = within((await screen.findByText('old')).closest('tr') as HTMLElement)
  expect(row.getByText('limited')).toBeVisible()
  expect(row.getByText('The store ignores preconditions.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Probe lake' }))
  expect(await screen.findByText('Probed lake: ok.')).toBeVisible()
  expect(calls).toEqual([{ path: 'POST /destinations/lake/probe', body: null }])
})

test('a bucket is added with its secrets, and nothing that is empty is sent', async () => {
  const { user } = renderApp('/destinations')
  await user.click(await screen.findByRole('button', { name: 'Add destination' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.click(dialog.getByRole('radio', { name: 'S3' }))
  await user.type(dialog.getByLabelText(/^Name/), 'lake')
  await user.type(dialog.getByLabelText(/^Address/), 's3://bucket/datasets')
  await user.type(dialog.getByLabelText(/^Access key id/), 'AKIA')
  await user.type(dialog.getByLabelText(/^Secret access key/), 'shh')
  await user.click(dialog.getByRole('button', { name: 'Probe and add' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(calls[0]?.body).toEqual({
    name: 'lake',
    url: 's3://bucket/datasets',
    options: {},
    secrets: { access_key_id: 'AKIA', secret_access_key: 'shh' },
  })
})

test('why a store is refused is said', async () => {
  const errors = [{ field: 'url', value: '/nowhere', message: "doesn't exist", allowed: [] }]
  network.use(
    http.post('*/api/v1/destinations', () => problemResponse(422, { code: 'config_invalid', errors })),
  )
  const { user } = renderApp('/destinations')
  await user.click(await screen.findByRole('button', { name: 'Add destination' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.type(dialog.getByLabelText(/^Name/), 'x')
  await user.type(dialog.getByLabelText(/^Folder/, { selector: 'input[required]' }), '/nowhere')
  await user.click(dialog.getByRole('button', { name: 'Probe and add' }))
  expect(await dialog.findByText("Doesn't exist.")).toBeVisible()
})

test('a destination is removed only when the admin confirms it', async () => {
  const { user } = renderApp('/destinations')
  await user.click(await screen.findByRole('button', { name: 'Remove lake' }))
  await user.click(
    within(await screen.findByRole('dialog')).getByRole('button', { name: 'Remove destination' }),
  )
  await waitFor(() => expect(calls).toEqual([{ path: 'DELETE /destinations/lake', body: null }]))
})

test('who is no admin sees the destinations and changes none', async () => {
  const account = anAccount({ role: 'viewer', scopes: ['exports:read'] })
  network.use(http.get('*/api/v1/session', () => HttpResponse.json(aSession(account))))
  renderApp('/destinations')
  expect(await screen.findByText('s3://bucket/datasets')).toBeVisible()
  for (const name of [/^Probe/, /^Remove/, /^Add/]) expect(screen.queryByRole('button', { name })).toBeNull()
})

test('without destinations the page says what one is', async () => {
  destinations = []
  renderApp('/destinations')
  expect(await screen.findByText(/The service probes it first/)).toBeVisible()
})
