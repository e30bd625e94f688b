import { formatDuration } from '@/lib/format'
import type { components } from './schema'

export type Problem = components['schemas']['Problem']

/** An error response of the service. */
export class ProblemError extends Error {
  readonly problem: Problem
  /** When the service takes the call again, if it said so. */
  readonly retryAfterSeconds: number | null

  constructor(problem: Problem, retryAfterSeconds: number | null = null) {
    super(problem.detail)
    this.name = 'ProblemError'
    this.problem = problem
    this.retryAfterSeconds = retryAfterSeconds
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

/** Return the messages for the fields of a request body, by field, and those for the whole. */
export function fieldMessages(error: Error | null): Record<string, string> {
  if (!(error instanceof ProblemError)) return {}
  const found: Record<string, string> = {}
  for (const { field, message, allowed } of error.problem.errors ?? []) {
    const name = field.replace(/^body\./, '')
    const text = sentence(message) + (allowed?.length ? ` Allowed: ${allowed.join(', ')}.` : '')
    found[name] = found[name] === undefined ? text : `${found[name]} ${text}`
  }
  return found
}

/** Return a message of the service as a sentence. */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** Return what went wrong, and what to do about it. */
export function errorText(error: Error): string {
  if (!(error instanceof ProblemError)) return error.message
  const { status, code } = error.problem
  if (status === 429) {
    const seconds = error.retryAfterSeconds
    return seconds === null ? error.message : `${error.message} Try again in ${formatDuration(seconds)}.`
  }
  return code === 'not_permitted' ? `${error.message} Ask an admin for this right.` : error.message
}

/** Whether the service says that what was asked for doesn't exist. */
export function isMissing(error: Error | null): boolean {
  return error instanceof ProblemError && error.problem.status === 404
}
