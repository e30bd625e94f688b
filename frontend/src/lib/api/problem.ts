import type { components } from './schema'

export type Problem = components['schemas']['Problem']

/** An error response of the service. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/** No response: the service or the network is down. */
export class ConnectionError extends Error {
  constructor(cause: unknown) {
    super('The service does not respond.', { cause })
    this.name = 'ConnectionError'
  }
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value
}

/** A problem for an unexpected response, such as a proxy's page. */
export function unknownProblem(response: Response): Problem {
  return {
    type: 'about:blank',
    title: response.statusText || 'Unexpected answer',
    status: response.status,
    detail: `The service returned status ${response.status} without an explanation.`,
    instance: new URL(response.url, window.location.origin).pathname,
    code: 'unexpected',
    errors: [],
    request_id: response.headers.get('X-Request-ID') ?? '',
  }
}
