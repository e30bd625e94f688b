import { queryOptions } from '@tanstack/react-query'
import { unwrap, unwrapNothing } from './client'
import { loose } from './loose'

export const EVENTS = ['completed', 'failed', 'held', 'paused', 'no_new_data'] as const
export const CHANNELS = ['webhook', 'email'] as const
export type NoticeEvent = (typeof EVENTS)[number]
export type Channel = (typeof CHANNELS)[number]

/** Whom the service tells about what. */
export interface Notice {
  notice_id: string
  name: string
  channel: Channel
  url: string | null
  to: string[] | null
  events: NoticeEvent[]
  /** Names of datasets; null for all exports. */
  datasets: string[] | null
  is_enabled: boolean
  has_secret: boolean
  created_at: string
}

/** The secret is write-only: the service never returns it. */
export interface NoticeBody {
  name: string
  channel: Channel
  url?: string
  to?: string[]
  events: NoticeEvent[]
  datasets: string[] | null
  secret?: string
  is_enabled?: boolean
}

export interface Delivery {
  delivery_id: string
  event: string
  status: string
  attempts: number
  next_attempt_at: string | null
  response_status: number | null
  error: string | null
  created_at: string
}

const NOTICES = '/api/v1/notices'
const ONE = `${NOTICES}/{notice_id}`
const at = (noticeId: string) => ({ params: { path: { notice_id: noticeId } } })

export const noticeKeys = {
  all: ['notices'] as const,
  one: (noticeId: string) => ['notices', 'one', noticeId] as const,
}

export const noticesQuery = () =>
  queryOptions({
    queryKey: [...noticeKeys.all, 'list'],
    queryFn: async ({ signal }) =>
      (await unwrap(loose.GET<{ notices: Notice[] }>(NOTICES, { signal }))).notices,
  })

export const noticeQuery = (noticeId: string) =>
  queryOptions({
    queryKey: noticeKeys.one(noticeId),
    queryFn: ({ signal }) => unwrap(loose.GET<Notice>(ONE, { ...at(noticeId), signal })),
  })

export const deliveriesQuery = (noticeId: string) =>
  queryOptions({
    queryKey: [...noticeKeys.one(noticeId), 'deliveries'],
    queryFn: async ({ signal }) =>
      (await unwrap(loose.GET<{ deliveries: Delivery[] }>(`${ONE}/deliveries`, { ...at(noticeId), signal })))
        .deliveries,
  })

/** Create a notice, or with an id change one. */
export const saveNotice = (noticeId: string | null, body: Partial<NoticeBody>) =>
  noticeId === null
    ? unwrap(loose.POST<Notice>(NOTICES, { body }))
    : unwrap(loose.PATCH<Notice>(ONE, { ...at(noticeId), body }))

/** Send a test event. */
export const testNotice = (noticeId: string) => unwrapNothing(loose.POST(`${ONE}/test`, at(noticeId)))

export const removeNotice = (noticeId: string) => unwrapNothing(loose.DELETE(ONE, at(noticeId)))
