import { api } from './client'

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}
type Call = <T>(path: string, init?: object) => Promise<Answer<T>>

/** The client for routes that the OpenAPI document doesn't describe yet. */
export const loose = api as unknown as Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', Call>
