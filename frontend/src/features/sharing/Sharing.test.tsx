import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Account } from '@/lib/api/session'
import { network, problemResponse } from '@/testing/network'
import { aProgress, aSession, anAccount, anExport } from '@/testing/records'
import { renderApp } from '@/testing/render'

const BOB = anAccount({
  user_id: 'u-bob',
  name: 'bob',
  role: 'exporter',
  scopes: ['exports:read', 'exports:write', 'ingest:write', 'sources:read'],
})
let account: Account
let sent: unknown

beforeEach(() => {
  account = BOB
  sent = null
  const at = { created_at: '2026-02-01T09:00:00Z', created_by: 'bob' }
  const viewers = { user_id: null, user_name: null, role: 'viewer', ...at }
  network.use(
    http.get('*/api/v1/session', () => HttpResponse.json(aSession(account))),
    http.get('*/api/v1/export/:id/status', () =>
      HttpResponse.json(
        anExport({ status: 'failed', owner: { user_id: 'u-bob', name: 'bob' }, is_shared: true }),
      ),
    ),
    http.get('*/api/v1/export/:id/progress', () => HttpResponse.json(aProgress({ status: 'failed' }))),
    http.get('*/api/v1/export/:id/shares', () => HttpResponse.json({ shares: [viewers] })),
    http.put('*/api/v1/export/:id/shares', async ({ request }) => {
      sent = await request.json()
      return HttpResponse.json({ shares: [viewers] })
    }),
  )
})

test('the owner shares an export with an account, and the shares that it has stay', async () => {
  const { user } = renderApp('/exports/e-1')
  expect(await screen.findByText('Owner: bob (you)')).toBeVisible()
  expect(screen.getByText('shared')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Share…' }))
  const dialog = within(await screen.findByRole('dialog'))
  expect(await dialog.findByRole('checkbox', { name: 'viewer' })).toBeChecked()
  await user.type(dialog.getByLabelText('Accounts', { selector: 'input' }), 'ann{Enter}')
  await user.click(dialog.getByRole('button', { name: 'Save shares' }))
  await waitFor(() => expect(sent).toEqual({ users: ['ann'], roles: ['viewer'] }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
})

test('a name that is no account is marked', async () => {
  const errors = [{ field: 'users', value: 'amm', message: "there is no account 'amm'", allowed: [] }]
  network.use(
    http.put('*/api/v1/export/:id/shares', () => problemResponse(422, { code: 'config_invalid', errors })),
  )
  const { user } = renderApp('/exports/e-1')
  await user.click(await screen.findByRole('button', { name: 'Share…' }))
  const dialog = within(await screen.findByRole('dialog'))
  await user.type(await dialog.findByLabelText('Accounts', { selector: 'input' }), 'amm{Enter}')
  await user.click(dialog.getByRole('button', { name: 'Save shares' }))
  expect(await dialog.findByText("There is no account 'amm'.")).toBeVisible()
})

test('somebody with a share is not offered to change, share or delete the export', async () => {
  account = { ...BOB, user_id: 'u-ann', name: 'ann' }
  renderApp('/exports/e-1')
  expect(await screen.findByText('Owner: bob')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Run again' })).toBeVisible()
  for (const name of ['Share…', 'Retry', 'Delete']) expect(screen.queryByRole('button', { name })).toBeNull()
})
