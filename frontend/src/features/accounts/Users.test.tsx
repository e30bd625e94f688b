import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE, aKey, aSession, aUser } from '@/testing/records'
import { renderApp } from '@/testing/render'

let bob = aUser()
const calls: { path: string; body: unknown }[] = []

beforeEach(() => {
  bob = aUser()
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
    http.get('*/api/v1/session', () => HttpResponse.json(aSession())),
    http.get('*/api/v1/users', () =>
      HttpResponse.json({ users: [aUser({ user_id: 'u-ada', name: 'ada' }), bob] }),
    ),
    http.get('*/api/v1/users/:id', () => HttpResponse.json(bob)),
    http.get('*/api/v1/users/:id/keys', () => HttpResponse.json({ keys: [aKey({ user_id: 'u-bob' })] })),
    http.post(
      '*/api/v1/users',
      answer(() => bob, 201),
    ),
    http.patch(
      '*/api/v1/users/:id',
      answer(() => bob),
    ),
    http.delete(
      '*/api/v1/users/:id',
      answer(() => null),
    ),
    http.put(
      '*/api/v1/users/:id/password',
      answer(() => null),
    ),
    http.delete(
      '*/api/v1/users/:id/sessions',
      answer(() => null),
    ),
  )
})

test('an admin adds a person with a password', async () => {
  const { user, router } = renderApp('/users')
  await user.click(await screen.findByRole('button', { name: 'Add user' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.type(dialog.getByLabelText(/^Name/), 'bob')
  await user.type(dialog.getByLabelText(/^Password/), 'a good password of bob')
  await user.click(dialog.getByRole('button', { name: 'Add user' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/users/u-bob'))
  expect(calls[0]?.body).toEqual({
    name: 'bob',
    role: 'exporter',
    is_service: false,
    password: 'a good password of bob',
  })
})

test('a service account gets no password', async () => {
  const { user } = renderApp('/users')
  await user.click(await screen.findByRole('button', { name: 'Add user' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.type(dialog.getByLabelText(/^Name/), 'nightly')
  await user.click(dialog.getByRole('checkbox', { name: 'Service account' }))
  expect(dialog.queryByLabelText(/^Password/)).toBeNull()
  await user.click(dialog.getByRole('button', { name: 'Add user' }))
  await waitFor(() => expect(calls[0]?.body).toEqual({ name: 'nightly', role: 'exporter', is_service: true }))
})

test('what the service refuses is marked at its field', async () => {
  const errors = [{ field: 'body.name', message: 'is taken', allowed: [] }]
  network.use(http.post('*/api/v1/users', () => problemResponse(422, { code: 'config_invalid', errors })))
  const { user } = renderApp('/users')
  await user.click(await screen.findByRole('button', { name: 'Add user' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.type(dialog.getByLabelText(/^Name/), 'ada')
  await user.click(dialog.getByRole('checkbox', { name: 'Service account' }))
  await user.click(dialog.getByRole('button', { name: 'Add user' }))
  expect(await dialog.findByText('Is taken.')).toBeVisible()
})

test('role, state, password and sessions of an account are changed', async () => {
  const { user } = renderApp('/users/u-bob')
  await user.click(await screen.findByRole('switch', { name: /^Disabled/ }))
  await user.click(screen.getByRole('combobox', { name: 'Role' }))
  await user.click(await screen.findByRole('option', { name: 'viewer' }))
  await user.click(screen.getByRole('button', { name: 'Save' }))
  await user.type(screen.getByLabelText(/^New password/), 'a good password of bob')
  await user.click(screen.getByRole('button', { name: 'Set password' }))
  await user.click(screen.getByRole('button', { name: 'End all sessions' }))
  await waitFor(() => expect(calls).toHaveLength(4))
  expect(calls).toEqual([
    { path: 'PATCH /users/u-bob', body: { is_disabled: true } },
    { path: 'PATCH /users/u-bob', body: { role: 'viewer' } },
    { path: 'PUT /users/u-bob/password', body: { password: 'a good password of bob' } },
    { path: 'DELETE /users/u-bob/sessions', body: null },
  ])
})

test('an account is deleted only when the admin confirms it', async () => {
  const { user, router } = renderApp('/users/u-bob')
  await user.click(await screen.findByRole('button', { name: 'Delete' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Keep user' }))
  expect(calls).toEqual([])
  await user.click(screen.getByRole('button', { name: 'Delete' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete user' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/users'))
  expect(calls[0]?.path).toBe('DELETE /users/u-bob')
})

test('the last admin is told why the role stays', async () => {
  network.use(
    http.patch('*/api/v1/users/:id', () =>
      problemResponse(409, { code: 'user_state', detail: 'bob is the last admin.' }),
    ),
  )
  const { user } = renderApp('/users/u-bob')
  await user.click(await screen.findByRole('switch', { name: /^Disabled/ }))
  expect(await screen.findByText('bob is the last admin.')).toBeVisible()
})

test('text of others stays text', async () => {
  bob = aUser({ email: HOSTILE, identities: [{ provider: 'corp', subject: HOSTILE }] })
  renderApp('/users/u-bob')
  expect(await screen.findByText(`Signs in with corp as ${HOSTILE}.`)).toBeVisible()
})
