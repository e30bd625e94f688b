import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap, unwrapNothing } from './client'

/** Whom the service tells about what. */
export type Notice = Schemas['NoticeReport']
/** With the new secret, which is shown once. */
export type NoticeWithSecret = Schemas['NoticeWithSecret']
/** The secret is write-only: the service never returns it again. */
export type NoticeBody = Schemas['NewNotice']
export type NoticeChange = Schemas['NoticeChange']
export type NoticeEvent = Schemas['Event']
export type Channel = Schemas['Channel']
export type Delivery = Schemas['DeliveryReport']

export const EVENTS = [
  'completed',
  'failed',
  'held',
  'paused',
  'no_new_data',
  'tables_failed',
] as const satisfies readonly NoticeEvent[]

const NOTICES = '/api/v1/notices'
const ONE = `${NOTICES}/{notice_id}` as const
const at = (noticeId: string) => ({ params: { path: { notice_id: noticeId } } })

export const noticeKeys = {
  all: ['notices'] as const,
  one: (noticeId: string) => ['notices', 'one', noticeId] as const,
}

export const noticesQuery = () =>
  queryOptions({
    queryKey: [...noticeKeys.all, 'list'],
    queryFn: async ({ signal }) => (await unwrap(api.GET(NOTICES, { signal }))).notices,
  })

export const noticeQuery = (noticeId: string) =>
  queryOptions({
    queryKey: noticeKeys.one(noticeId),
    queryFn: ({ signal }) => unwrap(api.GET(ONE, { ...at(noticeId), signal })),
  })

export const deliveriesQuery = (noticeId: string) =>
  queryOptions({
    queryKey: [...noticeKeys.one(noticeId), 'deliveries'],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET(`${ONE}/deliveries`, { ...at(noticeId), signal }))).deliveries,
  })

export const addNotice = (body: NoticeBody) => unwrap(api.POST(NOTICES, { body }))

export const changeNotice = (noticeId: string, body: Partial<NoticeChange>) =>
  unwrap(api.PATCH(ONE, { ...at(noticeId), body: body as NoticeChange }))

/** Send a test message now, and wait for how it went. */
export const testNotice = (noticeId: string) => unwrap(api.POST(`${ONE}/test`, at(noticeId)))

export const removeNotice = (noticeId: string) => unwrapNothing(api.DELETE(ONE, at(noticeId)))
