import { screen, waitFor } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { type SessionDocument, WITHOUT_ACCOUNTS } from '@/lib/api/session'
import { network, problemResponse } from '@/testing/network'
import { aSession } from '@/testing/records'
import { renderApp } from '@/testing/render'

const GOOD = 'a good password of a person'
let session: SessionDocument
let sent: unknown

beforeEach(() => {
  session = { ...WITHOUT_ACCOUNTS, setup_open: true }
  sent = null
  network.use(
    http.get('*/api/v1/session', () => HttpResponse.json(session)),
    http.get('*/api/v1/users', () => HttpResponse.json({ users: [] })),
    http.post('*/api/v1/setup', async ({ request }) => {
      const body = (await request.json()) as { token: string; password: string }
      sent = body
      if (body.token !== 'once-42') return problemResponse(403, { detail: 'Wrong token.' })
      if (body.password !== GOOD) {
        const errors = [{ field: 'password', message: 'is too common', allowed: [] }]
        return problemResponse(422, { code: 'config_invalid', errors })
      }
      session = aSession()
      return HttpResponse.json(session, { status: 201 })
    }),
  )
})

async function fillIn(user: ReturnType<typeof renderApp>['user'], password = GOOD) {
  await user.type(await screen.findByLabelText(/^Name/), 'ada')
  await user.type(screen.getByLabelText(/^Password/), password)
  await user.click(screen.getByRole('button', { name: 'Create admin' }))
}

test('the link of the service makes the first admin, and its token leaves the address', async () => {
  const { user, router } = renderApp('/setup#token=once-42')
  await screen.findByRole('heading', { name: 'Set up accounts' })
  await waitFor(() => expect(router.state.location.href).toBe('/setup'))
  expect(router.history.length).toBe(1)
  await fillIn(user)
  await waitFor(() => expect(router.state.location.pathname).toBe('/users'))
  expect(sent).toEqual({ token: 'once-42', name: 'ada', password: GOOD, email: null })
})

test('a wrong token says so, and another can be typed', async () => {
  const { user, router } = renderApp('/setup#token=old')
  await fillIn(user)
  expect(await screen.findByText('This token is wrong, or was used already.')).toBeVisible()
  expect(screen.getByText(/Restart the service for another/)).toBeVisible()
  await user.type(screen.getByLabelText(/^One-time token/), 'once-42')
  await user.click(screen.getByRole('button', { name: 'Create admin' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/users'))
})

test('a weak password is marked at its field', async () => {
  const { user } = renderApp('/setup#token=once-42')
  await fillIn(user, 'password password')
  expect(await screen.findByText('Is too common.')).toBeVisible()
  expect(screen.getByLabelText(/^Password/)).toHaveAccessibleDescription(/Is too common/)
})

test('without a link the page says how to turn accounts on', async () => {
  session = WITHOUT_ACCOUNTS
  renderApp('/setup')
  expect(await screen.findByText('lumber user add NAME --role admin')).toBeVisible()
})

test('where there are accounts the link leads to the sign-in', async () => {
  session = aSession(null)
  renderApp('/setup#token=once-42')
  expect(await screen.findByText(/has accounts already/)).toBeVisible()
  expect(screen.getByRole('link', { name: 'Sign in' })).toHaveAttribute('href', '/sign-in')
})
