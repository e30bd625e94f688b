import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anAccount } from '@/testing/records'
import { homeOf, localPath } from './session'

test.each(['/', '/exports?status=failed&page=2', '/exports/e-1#files', '/data'])(
  '%s is a local path',
  (path) => {
    expect(localPath(path)).toBe(path)
  },
)

test.each([
  undefined,
  42,
  '',
  'exports',
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '\\\\evil.example',
  '/%0a\n//evil.example',
  'javascript:alert(1)',
  '/sign-in?next=/sign-in',
  '/setup',
  '/api/v1/login/x?next=/',
])('%j is not followed after signing in', (value) => {
  expect(localPath(value)).toBeUndefined()
})

test('whatever is followed stays on this host', () => {
  const parts = fc.constantFrom('/', '\\', '.', ':', '@', '\t', '\n', 'evil.example', 'https', '?', '#')
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 8 }), (pieces) => {
      const path = localPath(pieces.join(''))
      return path === undefined || new URL(path, 'https://lumber.example').origin === 'https://lumber.example'
    }),
  )
})

test('the first page is one that the role may use', () => {
  const home = (...scopes: string[]) => homeOf(anAccount({ scopes }))
  expect(home('exports:read', 'exports:write')).toBe('/')
  expect(home('exports:read', 'sources:read')).toBe('/exports')
  expect(home('audit:read')).toBe('/audit')
  expect(home()).toBe('/account')
})
