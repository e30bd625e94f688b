import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import { network, problemResponse } from '@/testing/network'
import { renderApp } from '@/testing/render'

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
  expect(targets).toEqual(['/', '/exports', '/data'])
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

test('a service with accounts says that signing in comes with a key only', async () => {
  const refused = { code: 'authentication_failed', title: 'Who is it?', detail: 'Send an API key.' }
  const refuse = () => problemResponse(401, refused)
  network.use(...['export/', 'export/stats', 'datasets'].map((path) => http.get(`*/api/v1/${path}`, refuse)))
  renderApp('/exports')
  const sentence = 'This service has accounts, and for now only programs can sign in, with an API key.'
  expect((await screen.findAllByText(sentence))[0]).toBeVisible()
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
