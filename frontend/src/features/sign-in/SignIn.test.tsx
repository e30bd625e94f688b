import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import type { Account, SessionDocument } from '@/lib/api/session'
import { network, problemResponse } from '@/testing/network'
import { aDataset, aPreview, aSession, anAccount, datasetDetails } from '@/testing/records'
import { renderApp } from '@/testing/render'

let account: Account | null
let providers: SessionDocument['providers']
const sent: unknown[] = []

beforeEach(() => {
  account = null
  providers = []
  sent.length = 0
  network.use(
    http.get('*/api/v1/session', () => HttpResponse.json(aSession(account, { providers }))),
    http.post('*/api/v1/session', async ({ request }) => {
      const body = (await request.json()) as { name: string; password: string }
      sent.push(body)
      if (body.password !== 'the right password') {
        return problemResponse(401, { code: 'authentication_failed', detail: 'Who is it?' })
      }
      account = anAccount({ name: body.name, user_id: `u-${body.name}` })
      return HttpResponse.json(aSession(account))
    }),
    http.get('*/api/v1/export/', () => HttpResponse.json([])),
    http.get('*/api/v1/export/stats', () => problemResponse(503, {})),
    http.get('*/api/v1/datasets', () => guarded([aDataset()])),
    http.get('*/api/v1/datasets/logs', () => guarded(datasetDetails())),
    http.post('*/api/v1/export/preview', () => guarded(aPreview())),
  )
})

function guarded(answer: object) {
  return account === null
    ? problemResponse(401, { code: 'authentication_failed' })
    : HttpResponse.json(answer)
}

async function signIn(user: ReturnType<typeof renderApp>['user'], password: string) {
  await user.type(await screen.findByLabelText(/^Password/), `${password}{Enter}`)
}

test('somebody who is not signed in gets to the sign-in, and then to the page that they wanted', async () => {
  const { user, router } = renderApp('/exports?status=failed')
  await user.type(await screen.findByLabelText(/^Name/), 'ada')
  expect(router.state.location.pathname).toBe('/sign-in')
  expect(document.title).toBe('Sign in · Lumber')
  await signIn(user, 'the right password')
  expect(await screen.findByRole('heading', { name: 'Export history' })).toBeVisible()
  expect(router.state.location.search).toMatchObject({ status: ['failed'] })
  expect(sent).toEqual([{ name: 'ada', password: 'the right password' }])
})

test('password managers recognise the fields', async () => {
  renderApp('/sign-in')
  expect(await screen.findByLabelText(/^Name/)).toHaveAttribute('autocomplete', 'username')
  expect(screen.getByLabelText(/^Password/)).toHaveAttribute('autocomplete', 'current-password')
})

test('a wrong password is said, and the field has the focus', async () => {
  const { user } = renderApp('/sign-in')
  await user.type(await screen.findByLabelText(/^Name/), 'ada')
  await signIn(user, 'wrong')
  expect(await screen.findByRole('alert')).toHaveTextContent('The name or the password is wrong')
  expect(screen.getByLabelText(/^Password/)).toHaveFocus()
})

test('too many tries say when to try again', async () => {
  network.use(
    http.post('*/api/v1/session', () =>
      problemResponse(429, { detail: 'Too many sign-ins failed.' }, { 'Retry-After': '90' }),
    ),
  )
  const { user } = renderApp('/sign-in')
  await user.type(await screen.findByLabelText(/^Name/), 'ada')
  await signIn(user, 'wrong')
  expect(await screen.findByRole('alert')).toHaveTextContent('Try again in 1 min 30 s.')
})

test.each(['//evil.example', 'https://evil.example', '/\\evil.example'])(
  'the sign-in does not lead to %s',
  async (next) => {
    account = anAccount()
    const { router } = renderApp(`/sign-in?next=${encodeURIComponent(next)}`)
    await waitFor(() => expect(router.state.location.href).toBe('/'))
  },
)

test('providers are links that come back to the wanted page, and their errors are explained', async () => {
  providers = [{ id: 'corp', name: 'Example Corp', login_url: '/api/v1/login/corp' }]
  renderApp('/sign-in?next=%2Fdata&error=access_denied')
  const link = await screen.findByRole('link', { name: 'Sign in with Example Corp' })
  expect(new URL(link.getAttribute('href') ?? '').search).toBe('?next=%2Fdata')
  expect(screen.getByRole('alert')).toHaveTextContent('The provider refused, or you cancelled.')
})

test('a session that ends while somebody types shows the sign-in, and keeps what was typed', async () => {
  account = anAccount()
  const { user, router } = renderApp('/')
  await user.click(await screen.findByRole('button', { name: 'Advanced' }))
  const batchSize = await screen.findByLabelText('Batch size')
  await user.clear(batchSize)
  await user.type(batchSize, '777')
  account = null
  await user.click(screen.getByRole('checkbox', { name: 'Exclude the end' }))
  expect(await screen.findByText('Your session has ended')).toBeVisible()
  expect(within(screen.getByRole('dialog')).getByLabelText(/^Name/)).toHaveValue('ada')
  await signIn(user, 'the right password')
  await waitFor(() => expect(screen.queryByText('Your session has ended')).toBeNull())
  expect(screen.getByLabelText('Batch size')).toHaveValue('777')
  expect(router.state.location.pathname).toBe('/')
})

test('somebody else who signs in does not see the page of the one before', async () => {
  account = anAccount()
  const { user, router } = renderApp('/exports?text=secret-plan')
  await screen.findByRole('heading', { name: 'Export history' })
  account = null
  window.dispatchEvent(new Event('lumber:refused'))
  const name = await screen.findByLabelText(/^Name/)
  await user.clear(name)
  await user.type(name, 'eve')
  await signIn(user, 'the right password')
  await waitFor(() => expect(router.state.location.href).toBe('/'))
  expect(await screen.findByRole('button', { name: 'Account of eve' })).toBeVisible()
})

test('a sign-in in another tab is noticed', async () => {
  account = anAccount()
  providers = [{ id: 'corp', name: 'Example Corp', login_url: '/api/v1/login/corp' }]
  renderApp('/exports')
  await screen.findByRole('heading', { name: 'Export history' })
  account = null
  window.dispatchEvent(new Event('lumber:refused'))
  const link = await screen.findByRole('link', { name: /Example Corp \(new tab\)/ })
  expect(link).toHaveAttribute('target', '_blank')
  account = anAccount()
  window.dispatchEvent(new Event('focus'))
  await waitFor(() => expect(screen.queryByText('Your session has ended')).toBeNull())
})
