import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import { network } from '@/testing/network'
import { aSession, anAccount } from '@/testing/records'
import { renderApp } from '@/testing/render'

function places() {
  const navigation = within(screen.getByRole('navigation', { name: 'Main' }))
  return navigation.getAllByRole('link').map((link) => link.getAttribute('href'))
}

test('an unknown address gets a page that helps, and its title', async () => {
  renderApp('/nowhere')
  expect(await screen.findByRole('heading', { name: 'Page not found' })).toBeVisible()
  expect(screen.getByText('/nowhere')).toBeVisible()
  expect(screen.getByRole('link', { name: 'Open history' })).toHaveAttribute('href', '/exports')
  expect(document.title).toBe('Page not found · Lumber')
})

test('the navigation leads to every screen and marks where one is', async () => {
  renderApp('/nowhere')
  const navigation = within(await screen.findByRole('navigation', { name: 'Main' }))
  const targets = navigation.getAllByRole('link').map((link) => link.getAttribute('href'))
  expect(targets).toEqual(['/', '/exports', '/datasets', '/schedules', '/destinations', '/notices', '/data'])
  expect(navigation.queryByRole('link', { current: 'page' })).toBeNull()
})

test('the time zone is shown', async () => {
  renderApp('/nowhere')
  expect(await screen.findByText(/^Times in .+ \(UTC[+-]\d\d:\d\d\)$/)).toBeVisible()
})

test('a lost connection is said, and the notice goes when the service is back', async () => {
  let isUp = false
  network.use(
    http.get('*/api/v1/health/live', () =>
      isUp ? HttpResponse.json({ status: 'alive' }) : HttpResponse.error(),
    ),
  )
  renderApp('/nowhere')
  expect(await screen.findByText(/Connection to the service lost/)).toBeVisible()
  isUp = true
  await waitFor(() => expect(screen.queryByText(/Connection to the service lost/)).toBeNull(), {
    timeout: 10_000,
  })
})

test('without accounts there is no sign-in and no menu, only a hint', async () => {
  renderApp('/nowhere')
  expect(await screen.findByRole('link', { name: 'Accounts' })).toHaveAttribute('href', '/setup')
  expect(screen.queryByRole('button', { name: /Account of/ })).toBeNull()
})

test('an admin sees every screen, and nobody is offered what the role may not do', async () => {
  network.use(http.get('*/api/v1/session', () => HttpResponse.json(aSession())))
  renderApp('/nowhere')
  await screen.findByRole('button', { name: 'Account of ada' })
  expect(places()).toEqual([
    '/',
    '/exports',
    '/datasets',
    '/schedules',
    '/destinations',
    '/notices',
    '/data',
    '/users',
    '/policies',
    '/audit/outgoing',
    '/audit',
  ])
  expect(screen.queryByRole('link', { name: 'Accounts' })).toBeNull()
})

test.each([
  ['viewer', ['exports:read', 'sources:read'], ['/exports', '/datasets', '/schedules', '/notices', '/data']],
  ['auditor', ['audit:read'], ['/audit/outgoing', '/audit']],
])('a %s sees the screens of the role', async (role, scopes, expected) => {
  const account = anAccount({ role, scopes })
  network.use(http.get('*/api/v1/session', () => HttpResponse.json(aSession(account))))
  renderApp('/nowhere')
  await screen.findByRole('button', { name: 'Account of ada' })
  expect(places()).toEqual(expected)
})

test('a page that the role may not use says which right is missing', async () => {
  const account = anAccount({ role: 'auditor', scopes: ['audit:read'] })
  network.use(http.get('*/api/v1/session', () => HttpResponse.json(aSession(account))))
  renderApp('/exports')
  expect(await screen.findByText(/needs the right exports:read, which the role auditor/)).toBeVisible()
})

test('signing out forgets what was loaded and leads to the sign-in', async () => {
  let isIn = true
  network.use(
    http.get('*/api/v1/session', () => HttpResponse.json(aSession(isIn ? anAccount() : null))),
    http.delete('*/api/v1/session', () => {
      isIn = false
      return new HttpResponse(null, { status: 204 })
    }),
  )
  const { user, router } = renderApp('/nowhere')
  await user.click(await screen.findByRole('button', { name: 'Account of ada' }))
  await user.click(await screen.findByRole('menuitem', { name: 'Sign out' }))
  expect(await screen.findByLabelText(/^Password/)).toBeVisible()
  expect(router.state.location.pathname).toBe('/sign-in')
})

test('the colours switch and stay switched', async () => {
  const { user } = renderApp('/nowhere')
  await user.click(await screen.findByRole('button', { name: 'Use dark colours' }))
  expect(document.documentElement).toHaveAttribute('data-mantine-color-scheme', 'dark')
  expect(localStorage.getItem('lumber-color-scheme')).toBe('dark')
})

test('after a change of the screen the keyboard goes on in it', async () => {
  network.use(
    http.get('*/api/v1/datasets', () => HttpResponse.json([])),
    http.get('*/api/v1/ingest/sources', () => HttpResponse.json({ sources: [], total: 0 })),
  )
  const { user } = renderApp('/nowhere')
  const navigation = within(await screen.findByRole('navigation', { name: 'Main' }))
  await user.click(navigation.getByRole('link', { name: 'Data' }))
  await screen.findByRole('heading', { name: 'Data' })
  await waitFor(() => expect(screen.getByRole('main')).toHaveFocus())
  expect(navigation.getByRole('link', { current: 'page' })).toHaveTextContent('Data')
})
