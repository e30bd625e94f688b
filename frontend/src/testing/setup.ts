import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { fakeEventSource } from './event-source'
import { network } from './network'

// What jsdom lacks and Mantine asks for.
window.matchMedia = (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }) as MediaQueryList
window.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.scrollTo = () => undefined
Element.prototype.scrollIntoView = () => undefined
Object.defineProperty(document, 'fonts', { value: new EventTarget(), configurable: true })

// The machine may be busy: a wait ends when its condition holds, so that a long one costs nothing.
// Roles are looked up without asking each element's style, which takes seconds in a large form.
configure({ asyncUtilTimeout: 20_000, defaultHidden: true })

beforeAll(() => network.listen({ onUnhandledRequest: 'error' }))
beforeEach(() => {
  fakeEventSource()
})
afterEach(() => {
  cleanup()
  network.resetHandlers()
  localStorage.clear()
  vi.unstubAllGlobals()
})
afterAll(() => network.close())
