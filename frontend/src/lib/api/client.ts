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
  let answer: Answer<T>
  try {
    answer = await call
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ConnectionError(cause)
  }
  const { data, error, response } = answer
  if (!response.ok || data === undefined) {
    throw new ProblemError(isProblem(error) ? error : unknownProblem(response))
  }
  return { data, response }
}
