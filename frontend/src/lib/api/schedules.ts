import { queryOptions } from '@tanstack/react-query'
import { unwrap, unwrapNothing } from './client'
import type { ConfigInput } from './exports'
import { loose } from './loose'

export const CATCH_UPS = ['none', 'one', 'all'] as const
export const OVERLAPS = ['skip', 'queue'] as const
export type CatchUp = (typeof CATCH_UPS)[number]
export type Overlap = (typeof OVERLAPS)[number]

/** When a schedule runs: by cron or by an interval, in a time zone. */
export interface Timing {
  cron: string | null
  every_seconds: number | null
  time_zone: string
}

export interface ScheduleRun {
  nominal_at: string
  status: string
  export_id: string | null
  reason: string | null
  started_at: string | null
  finished_at: string | null
}

export interface Schedule extends Timing {
  schedule_id: string
  name: string
  config: Record<string, unknown>
  sentence: string
  /** The next nominal times. */
  next: string[]
  catch_up: CatchUp
  overlap: Overlap
  pause_after_failures: number | null
  jitter_seconds: number
  is_paused: boolean
  pause_reason: string | null
  gate: Record<string, unknown> | null
  owner: { user_id: string | null; name: string } | null
  created_at: string
  last_run: ScheduleRun | null
}

export interface ScheduleBody extends Partial<Timing> {
  name: string
  config: ConfigInput
  catch_up: CatchUp
  overlap: Overlap
  pause_after_failures: number | null
  jitter_seconds: number
  gate: Record<string, unknown> | null
}

export interface Occurrences {
  sentence: string
  next: string[]
}

const SCHEDULES = '/api/v1/schedules'
const ONE = `${SCHEDULES}/{schedule_id}`
const at = (scheduleId: string) => ({ params: { path: { schedule_id: scheduleId } } })

export const scheduleKeys = {
  all: ['schedules'] as const,
  one: (scheduleId: string) => ['schedules', 'one', scheduleId] as const,
}

export const schedulesQuery = () =>
  queryOptions({
    queryKey: [...scheduleKeys.all, 'list'],
    queryFn: async ({ signal }) =>
      (await unwrap(loose.GET<{ schedules: Schedule[] }>(SCHEDULES, { signal }))).schedules,
  })

export const scheduleQuery = (scheduleId: string) =>
  queryOptions({
    queryKey: scheduleKeys.one(scheduleId),
    queryFn: ({ signal }) => unwrap(loose.GET<Schedule>(ONE, { ...at(scheduleId), signal })),
  })

export const runsQuery = (scheduleId: string) =>
  queryOptions({
    queryKey: [...scheduleKeys.one(scheduleId), 'runs'],
    queryFn: async ({ signal }) =>
      (await unwrap(loose.GET<{ runs: ScheduleRun[] }>(`${ONE}/runs`, { ...at(scheduleId), signal }))).runs,
  })

/** When such a schedule runs: a sentence, and the next five times. */
export const occurrencesQuery = (timing: Partial<Timing>) =>
  queryOptions({
    queryKey: ['schedule-preview', timing],
    queryFn: ({ signal }) =>
      unwrap(loose.POST<Occurrences>(`${SCHEDULES}/preview`, { body: timing, signal })),
    retry: false,
    staleTime: 30_000,
  })

/** Create a schedule, or with an id change one. */
export const saveSchedule = (scheduleId: string | null, body: ScheduleBody) =>
  scheduleId === null
    ? unwrap(loose.POST<Schedule>(SCHEDULES, { body }))
    : unwrap(loose.PATCH<Schedule>(ONE, { ...at(scheduleId), body }))

export const pauseSchedule = (scheduleId: string) => unwrapNothing(loose.POST(`${ONE}/pause`, at(scheduleId)))

export const resumeSchedule = (scheduleId: string) =>
  unwrapNothing(loose.POST(`${ONE}/resume`, at(scheduleId)))

/** Run it once now, beside its nominal times. */
export const runSchedule = (scheduleId: string) =>
  unwrap(loose.POST<ScheduleRun>(`${ONE}/run`, at(scheduleId)))

export const removeSchedule = (scheduleId: string) => unwrapNothing(loose.DELETE(ONE, at(scheduleId)))
