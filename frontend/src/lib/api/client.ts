import createClient from 'openapi-fetch'
import { ConnectionError, ProblemError, isProblem, unknownProblem } from './problem'
import type { components, paths } from './schema'

export type Schemas = components['schemas']

/** The typed client. It looks up `fetch` on every call, so that tests can replace it. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => globalThis.fetch(request),
  // ?status=a&status=b, as the service reads lists.
  querySerializer: { array: { style: 'form', explode: true } },
})

/** The window gets this event when the service refused a call: the session may have ended or changed. */
export const REFUSED = 'lumber:refused'

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Return the data of a response. Throws ProblemError or ConnectionError. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  return (await unwrapWithResponse(call)).data
}

/** The same with the response, for its headers. */
export async function unwrapWithResponse<T>(call: Promise<Answer<T>>) {
  const { data, error, response } = await answered(call)
  if (!response.ok || data === undefined) throw problemOf(error, response)
  return { data, response }
}

/** Wait for a call that answers nothing (204). Throws ProblemError or ConnectionError. */
export async function unwrapNothing(call: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await answered(call)
  if (!response.ok) throw problemOf(error, response)
}

async function answered<T>(call: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await call
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ConnectionError(cause)
  }
}

/** Return the error of a refused response, and tell the window if the session may be the reason. */
export function problemOf(error: unknown, response: Response): ProblemError {
  const problem = isProblem(error) ? error : unknownProblem(response)
  if (problem.status === 401 || problem.code === 'not_permitted') window.dispatchEvent(new Event(REFUSED))
  return new ProblemError(problem, retryAfterSeconds(response))
}

/** Return the seconds of `Retry-After`; null without it, or if it is a date. */
function retryAfterSeconds(response: Response): number | null {
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  return Number.isNaN(seconds) ? null : seconds
}
