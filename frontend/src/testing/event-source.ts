import { vi } from 'vitest'

/** Stands in for the browser's EventSource, which jsdom lacks: tests say what the stream does. */
export class FakeEventSource extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSED = 2

  readyState = FakeEventSource.CONNECTING
  readonly url: string

  constructor(url: string) {
    super()
    this.url = url
    streams.push(this)
  }

  open() {
    this.readyState = FakeEventSource.OPEN
    this.dispatchEvent(new Event('open'))
  }

  send(report: unknown) {
    this.dispatchEvent(new MessageEvent('progress', { data: JSON.stringify(report) }))
  }

  fail(isFinal: boolean) {
    this.readyState = isFinal ? FakeEventSource.CLOSED : FakeEventSource.CONNECTING
    this.dispatchEvent(new Event('error'))
  }

  close() {
    this.readyState = FakeEventSource.CLOSED
  }
}

let streams: FakeEventSource[] = []

/** Put the fake in place for one test; returns the streams that were opened. */
export function fakeEventSource(): FakeEventSource[] {
  streams = []
  vi.stubGlobal('EventSource', FakeEventSource)
  return streams
}
