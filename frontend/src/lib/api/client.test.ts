import { HttpResponse, http } from 'msw'
import { expect, test } from 'vitest'
import { network, problemResponse } from '@/testing/network'
import { api, unwrap } from './client'
import { ConnectionError, ProblemError } from './problem'

const URL = '*/api/v1/datasets'

test('a problem document becomes an error with its fields', async () => {
  const errors = [{ field: 'kind', value: 'x', message: 'is not a kind', allowed: ['logs'] }]
  network.use(http.get(URL, () => problemResponse(422, { code: 'config_invalid', errors })))
  const error: unknown = await unwrap(api.GET('/api/v1/datasets')).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ProblemError)
  expect((error as ProblemError).problem).toMatchObject({ code: 'config_invalid', errors })
})

test('an answer that is no problem document is an error all the same', async () => {
  network.use(http.get(URL, () => HttpResponse.text('<h1>Bad gateway</h1>', { status: 502 })))
  await expect(unwrap(api.GET('/api/v1/datasets'))).rejects.toMatchObject({ problem: { status: 502 } })
})

test('no answer is a lost connection', async () => {
  network.use(http.get(URL, () => HttpResponse.error()))
  await expect(unwrap(api.GET('/api/v1/datasets'))).rejects.toBeInstanceOf(ConnectionError)
})

test('a list in a query is repeated, as the service reads it', async () => {
  let asked = ''
  network.use(
    http.get('*/api/v1/export/', ({ request }) => {
      asked = new globalThis.URL(request.url).search
      return HttpResponse.json([])
    }),
  )
  await unwrap(api.GET('/api/v1/export/', { params: { query: { status: ['failed', 'running'] } } }))
  expect(asked).toBe('?status=failed&status=running')
})
