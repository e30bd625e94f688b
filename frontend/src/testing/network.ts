import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import type { Problem } from '@/lib/api/problem'
import { WITHOUT_ACCOUNTS } from '@/lib/api/session'

/** The border of the browser part in tests: what the service would answer. A call nobody expects fails. */
export const network = setupServer(
  http.get('*/api/v1/health/live', () => HttpResponse.json({ status: 'alive' })),
  http.get('*/api/v1/session', () => HttpResponse.json(WITHOUT_ACCOUNTS)),
  http.get('*/api/v1/named-datasets', () => HttpResponse.json({ datasets: [] })),
  http.get('*/api/v1/destinations', () => HttpResponse.json({ destinations: [] })),
  http.get('*/api/v1/sources', () => HttpResponse.json({ sources: [] })),
  http.get('*/api/v1/export/:id/verdicts', () => HttpResponse.json([])),
  http.get('*/api/v1/presets', () => HttpResponse.json({ presets: [] })),
  http.get('*/api/v1/formats', () => HttpResponse.json({ formats: [] })),
)

/** A problem document as the service sends it. */
export function problemResponse(
  status: number,
  problem: Partial<Problem>,
  more: Record<string, string> = {},
) {
  const body: Problem = {
    type: 'urn:lumber:problem:test',
    title: 'Refused',
    status,
    detail: 'It was refused.',
    instance: '/',
    code: 'refused',
    errors: [],
    request_id: 'r1',
    ...problem,
  }
  return new HttpResponse(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...more },
  })
}
