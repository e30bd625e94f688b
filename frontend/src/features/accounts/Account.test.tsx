import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { network, problemResponse } from '@/testing/network'
import { aDataset, aKey, aSession, anAccount } from '@/testing/records'
import { renderApp } from '@/testing/render'

const NOTHING = () => new HttpResponse(null, { status: 204 })
let keys = [aKey()]
const calls: { path: string; body: unknown }[] = []

beforeEach(() => {
  keys = [aKey()]
  calls.length = 0
  const record = async ({ request }: { request: Request }) => {
    const text = await request.text()
    calls.push({
      path: `${request.method} ${new URL(request.url).pathname}`,
      body: text && (JSON.parse(text) as unknown),
    })
  }
  const own = aSession().session
  network.use(
    http.get('*/api/v1/session', () => HttpResponse.json(aSession())),
    http.get('*/api/v1/datasets', () => HttpResponse.json([aDataset()])),
    http.get('*/api/v1/account/keys', () => HttpResponse.json({ keys })),
    http.get('*/api/v1/account/sessions', () =>
      HttpResponse.json({ sessions: [own, { ...own, id: 's-2', is_current: false, user_agent: 'curl/8' }] }),
    ),
    http.post('*/api/v1/account/keys', async (call) => {
      await record(call)
      return HttpResponse.json({ key_id: 'new', key: 'lmb_new_SECRET' }, { status: 201 })
    }),
    http.delete('*/api/v1/account/*', async (call) => {
      await record(call)
      return NOTHING()
    }),
    http.put('*/api/v1/account/password', async (call) => {
      await record(call)
      return NOTHING()
    }),
  )
})

test('a key is created with the chosen rights, shown once, and gone when the dialog closes', async () => {
  const { user } = renderApp('/account')
  await user.click(await screen.findByRole('button', { name: 'Create key' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.type(dialog.getByLabelText(/^Name/), 'nightly')
  await user.click(dialog.getByRole('button', { name: 'Create key' }))
  expect(await dialog.findByText('Choose at least one right.')).toBeVisible()
  await user.click(dialog.getByRole('checkbox', { name: 'exports:write' }))
  await user.click(dialog.getByRole('button', { name: 'Create key' }))
  expect(await dialog.findByText('lmb_new_SECRET')).toBeVisible()
  expect(dialog.getByRole('button', { name: 'Copy API key' })).toBeVisible()
  expect(calls[0]?.body).toEqual({ name: 'nightly', scopes: ['exports:write'], kinds: null, expires: '90d' })
  await user.click(dialog.getByRole('button', { name: 'I have stored it' }))
  await waitFor(() => expect(screen.queryByText('lmb_new_SECRET')).toBeNull())
})

test('a key has at most the rights of its owner', async () => {
  const account = anAccount({ role: 'auditor', scopes: ['audit:read'] })
  network.use(http.get('*/api/v1/session', () => HttpResponse.json(aSession(account))))
  const { user } = renderApp('/account')
  await user.click(await screen.findByRole('button', { name: 'Create key' }))
  const dialog = within(await screen.findByRole('dialog'))
  const names = dialog.getAllByRole('checkbox').map((box) => box.getAttribute('value'))
  expect(names).toEqual(['audit:read'])
})

test('a key is revoked when the person confirms it; old ones are shown on demand', async () => {
  keys = [aKey(), aKey({ key_id: 'old', name: 'older', state: 'expired' })]
  const { user } = renderApp('/account')
  await user.click(await screen.findByRole('button', { name: 'Revoke the key nightly' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Revoke key' }))
  await waitFor(() => expect(calls[0]?.path).toBe('DELETE /api/v1/account/keys/k3v9q2m7x1ab'))
  expect(screen.queryByText('older')).toBeNull()
  await user.click(screen.getByRole('switch', { name: 'Show expired and revoked keys' }))
  expect(screen.getByText('older')).toBeVisible()
  expect(screen.queryByRole('button', { name: 'Revoke the key older' })).toBeNull()
})

test('sessions are listed and ended, and signing out everywhere leads to the sign-in', async () => {
  const { user, router } = renderApp('/account')
  expect(await screen.findByText('Firefox on Linux')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'End the session in curl/8' }))
  await waitFor(() => expect(calls[0]?.path).toBe('DELETE /api/v1/account/sessions/s-2'))
  network.use(http.get('*/api/v1/session', () => HttpResponse.json(aSession(null))))
  await user.click(screen.getByRole('button', { name: 'Sign out everywhere' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/sign-in'))
  expect(calls[1]?.path).toBe('DELETE /api/v1/account/sessions')
})

test('the password is changed; a wrong one is marked, and nobody is signed out by it', async () => {
  const errors = [{ field: 'current_password', value: null, message: 'is wrong', allowed: [] }]
  network.use(
    http.put('*/api/v1/account/password', () => problemResponse(422, { code: 'config_invalid', errors })),
  )
  const { user } = renderApp('/account')
  await user.type(await screen.findByLabelText(/^Current password/), 'wrong')
  await user.type(screen.getByLabelText(/^New password/), 'a good password of a person')
  await user.click(screen.getByRole('button', { name: 'Change password' }))
  expect(await screen.findByText('The current password is wrong.')).toBeVisible()
  expect(screen.queryByText('Your session has ended')).toBeNull()
  network.use(http.put('*/api/v1/account/password', NOTHING))
  await user.click(screen.getByRole('button', { name: 'Change password' }))
  expect(await screen.findByText('Password changed.')).toBeVisible()
  expect(screen.getByLabelText(/^Current password/)).toHaveValue('')
})
